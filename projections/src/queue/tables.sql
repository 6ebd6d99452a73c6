-- Ids are their 16 bytes, instants are microseconds since 1970.
CREATE TABLE queue_waiting/*copy*/ (
    delivery BLOB/*id*/ NOT NULL CONSTRAINT queue_waiting_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    subscription BLOB/*id*/ NOT NULL,
    event BLOB/*id*/ NOT NULL,
    event_position INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    -- When it may be retried; null while it waits for its first attempt.
    due_at INTEGER,
    -- Requests made in all.
    attempts INTEGER NOT NULL,
    -- Requests made since it was scheduled or last asked for by hand, and since when.
    budget_made INTEGER NOT NULL,
    budget_since INTEGER NOT NULL,
    -- How many records its stream has.
    sequence INTEGER NOT NULL,
    by_hand INTEGER NOT NULL
) WITHOUT ROWID;

-- Also for finding the subscriptions that have first attempts waiting, one step for each.
CREATE INDEX queue_first_attempts/*generation*/ ON queue_waiting/*copy*/ (subscription, event_position, delivery)
WHERE due_at IS NULL;
-- Also for finding the subscriptions that have retries waiting, and when the first one is due.
CREATE INDEX queue_retries/*generation*/ ON queue_waiting/*copy*/ (subscription, due_at, delivery)
WHERE due_at IS NOT NULL;
