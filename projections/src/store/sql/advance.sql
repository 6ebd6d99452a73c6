-- A page without a record moves the position alone.
UPDATE view_copy
SET position = $1,
    anchor_position = coalesce($2, anchor_position),
    anchor_record = coalesce($3, anchor_record)
WHERE name = $4 AND copy = $5
