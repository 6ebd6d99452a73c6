-- For subscription, delivered, failed attempts, dead letters, and the last attempt: when, whether it succeeded, with what.
UPDATE status_subscription/*copy*/ AS fared
SET delivered = fared.delivered + more.column2,
    failed_attempts = fared.failed_attempts + more.column3,
    dead_letters = fared.dead_letters + more.column4,
    last_attempt_at = coalesce(more.column5, fared.last_attempt_at),
    last_succeeded = coalesce(more.column6, fared.last_succeeded),
    last_status = CASE WHEN more.column5 IS NULL THEN fared.last_status ELSE more.column7 END,
    last_error_class = CASE WHEN more.column5 IS NULL THEN fared.last_error_class ELSE more.column8 END
FROM (VALUES ($1, $2, $3, $4, $5, $6, $7, $8)) AS more
WHERE fared.id = more.column1
