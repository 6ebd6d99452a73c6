-- One step over an index for each subscription, however many deliveries wait for it.
WITH RECURSIVE
first_attempts (subscription) AS (
    SELECT min(subscription) FROM queue_waiting WHERE due_at IS NULL
    UNION ALL
    SELECT (
        SELECT min(subscription) FROM queue_waiting
        WHERE due_at IS NULL AND subscription > first_attempts.subscription
    )
    FROM first_attempts WHERE subscription IS NOT NULL
),
retries (subscription) AS (
    SELECT min(subscription) FROM queue_waiting WHERE due_at IS NOT NULL
    UNION ALL
    SELECT (
        SELECT min(subscription) FROM queue_waiting
        WHERE due_at IS NOT NULL AND subscription > retries.subscription
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
