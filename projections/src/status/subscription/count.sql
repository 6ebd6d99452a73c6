UPDATE status_subscription/*copy*/
SET delivered = delivered + $1,
    failed_attempts = failed_attempts + $2,
    dead_letters = dead_letters + $3,
    last_attempt_at = coalesce($4, last_attempt_at),
    last_succeeded = coalesce($5, last_succeeded),
    last_status = CASE WHEN $4 IS NULL THEN last_status ELSE $6 END,
    last_error_class = CASE WHEN $4 IS NULL THEN last_error_class ELSE $7 END
WHERE id = $8
