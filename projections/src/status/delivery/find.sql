SELECT id, tenant, subscription, event, event_position, event_type, state, attempts, next_attempt_at, last_status,
    last_error_class, last_attempt_at, dead_letter_reason, created_at, updated_at, version
FROM status_delivery/*copy*/
WHERE id = $1
