INSERT INTO status_subscription/*copy*/
    (id, tenant, state, endpoint, description, search, details, created_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state,
    endpoint = excluded.endpoint,
    description = excluded.description,
    search = excluded.search,
    details = excluded.details,
    updated_at = excluded.updated_at,
    version = excluded.version
