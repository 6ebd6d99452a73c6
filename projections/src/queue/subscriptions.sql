-- One step over an index for each subscription, however many deliveries wait for it.
WITH RECURSIVE
first_attempts (subscription) AS (
    SELECT (SELECT subscription FROM queue_waiting AS start WHERE due_at IS NULL ORDER BY subscription LIMIT 1)
    UNION ALL
    SELECT (
        SELECT waiting.subscription FROM queue_waiting AS waiting
        WHERE waiting.due_at IS NULL AND waiting.subscription > first_attempts.subscription
        ORDER BY waiting.subscription LIMIT 1
    )
    FROM first_attempts WHERE subscription IS NOT NULL
),
retries (subscription) AS (
    SELECT (SELECT subscription FROM queue_waiting AS start WHERE due_at IS NOT NULL ORDER BY subscription LIMIT 1)
    UNION ALL
    SELECT (
        SELECT waiting.subscription FROM queue_waiting AS waiting
        WHERE waiting.due_at IS NOT NULL AND waiting.subscription > retries.subscription
        ORDER BY waiting.subscription LIMIT 1
    )
    FROM retries WHERE subscription IS NOT NULL
)
SELECT
    first_attempts.subscription AS subscription,
    1 AS has_first,
    NULL AS earliest_due,
    (
        SELECT tenant FROM queue_waiting AS one
        WHERE one.subscription = first_attempts.subscription AND one.due_at IS NULL LIMIT 1
    ) AS tenant
FROM first_attempts WHERE first_attempts.subscription IS NOT NULL
UNION ALL
SELECT
    retries.subscription,
    0,
    (
        SELECT min(due_at) FROM queue_waiting AS due
        WHERE due.subscription = retries.subscription AND due.due_at IS NOT NULL
    ),
    (
        SELECT tenant FROM queue_waiting AS one
        WHERE one.subscription = retries.subscription AND one.due_at IS NOT NULL LIMIT 1
    )
FROM retries WHERE retries.subscription IS NOT NULL
