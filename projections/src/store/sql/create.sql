INSERT INTO view_copy (name, copy, version, generation, position, anchor_position, anchor_record)
VALUES ($1, $2, $3, $4, 0, 0, $5)
