INSERT INTO parked (view, copy, position, record_type, reason)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (view, copy, position) DO NOTHING
