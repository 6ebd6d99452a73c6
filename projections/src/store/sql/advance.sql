UPDATE view_copy
SET position = $1, anchor_position = $2, anchor_record = $3
WHERE name = $4 AND copy = $5
