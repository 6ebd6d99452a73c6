INSERT INTO status_delivery/*copy*/
    (id, tenant, subscription, event, event_position, event_type, state, attempts, next_attempt_at, last_status,
    last_error_class, outcome, last_attempt_at, dead_letter_reason, created_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state,
    attempts = excluded.attempts,
    next_attempt_at = excluded.next_attempt_at,
    last_status = excluded.last_status,
    last_error_class = excluded.last_error_class,
    outcome = excluded.outcome,
    last_attempt_at = excluded.last_attempt_at,
    dead_letter_reason = excluded.dead_letter_reason,
    updated_at = excluded.updated_at,
    version = excluded.version
