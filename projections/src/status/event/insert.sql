INSERT INTO status_event/*copy*/
    (position, id, tenant, event_type, version, source, key, time, accepted_at, data_bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (position) DO NOTHING
