-- Ids are their 16 bytes, instants are microseconds since 1970, versions are sequences in the stream.

CREATE TABLE status_tenant/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT status_tenant_key/*generation*/ PRIMARY KEY,
    name TEXT NOT NULL,
    -- The operator's note; null while its calls are served.
    suspended TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE status_api_key/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT status_api_key_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    name TEXT NOT NULL,
    -- The first characters of the key; neither the key nor its hash is here.
    prefix TEXT NOT NULL,
    -- JSON: names of scopes.
    scopes TEXT NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

-- For the keys of a tenant.
CREATE INDEX status_api_key_by_tenant/*generation*/ ON status_api_key/*copy*/ (tenant, id);

CREATE TABLE status_event_type/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT status_event_type_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    archived INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

-- For the types of a tenant, by name.
CREATE INDEX status_event_type_by_name/*generation*/ ON status_event_type/*copy*/ (tenant, name);

CREATE TABLE status_subscription/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT status_subscription_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    -- 0 active, 1 paused, 2 disabled, 3 deleted.
    state INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    description TEXT NOT NULL,
    -- What a search looks into: endpoint and description, in lower case.
    search TEXT NOT NULL,
    -- JSON: everything else that is shown and never searched. No secret, no value of a header.
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- The last attempt of any of its deliveries.
    last_attempt_at INTEGER,
    last_succeeded INTEGER,
    last_status INTEGER,
    last_error_class TEXT,
    -- Attempts that succeeded, attempts that failed, and how often a delivery became a dead letter.
    delivered INTEGER NOT NULL DEFAULT 0,
    failed_attempts INTEGER NOT NULL DEFAULT 0,
    dead_letters INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- For the subscriptions of a tenant, whose number is bounded; further conditions are looked at row by row.
CREATE INDEX status_subscription_by_tenant/*generation*/ ON status_subscription/*copy*/ (tenant, id);

-- The patterns that a subscription wants, such as "benchmark.*".
CREATE TABLE status_subscription_pattern/*copy*/ (
    subscription BLOB/*id*/ NOT NULL,
    pattern TEXT NOT NULL,
    CONSTRAINT status_subscription_pattern_key/*generation*/ PRIMARY KEY (subscription, pattern)
) WITHOUT ROWID;

CREATE TABLE status_event/*copy*/ (
    position INTEGER NOT NULL CONSTRAINT status_event_key/*generation*/ PRIMARY KEY,
    id BLOB/*id*/ NOT NULL,
    tenant BLOB/*id*/ NOT NULL,
    event_type TEXT NOT NULL,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    key TEXT,
    time INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    data_bytes INTEGER NOT NULL
);

-- For an event by its id.
CREATE UNIQUE INDEX status_event_by_id/*generation*/ ON status_event/*copy*/ (id);
-- Each list is in the order of (accepted_at, position); the position is the end of every index by itself.
CREATE INDEX status_event_by_time/*generation*/ ON status_event/*copy*/ (tenant, accepted_at/*, position*/);
CREATE INDEX status_event_by_type/*generation*/ ON status_event/*copy*/ (tenant, event_type, accepted_at/*, position*/);
CREATE INDEX status_event_by_source/*generation*/ ON status_event/*copy*/ (tenant, source, accepted_at/*, position*/);
CREATE INDEX status_event_by_key/*generation*/ ON status_event/*copy*/ (tenant, key, accepted_at/*, position*/) WHERE key IS NOT NULL;

-- Ids of deliveries start with when their events were accepted, so their order is that of time.
CREATE TABLE status_delivery/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT status_delivery_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    subscription BLOB/*id*/ NOT NULL,
    event BLOB/*id*/ NOT NULL,
    event_position INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    -- 0 waiting, 1 retrying, 2 delivered, 3 dead-lettered, 4 cancelled.
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- Null unless it waits or is retried.
    next_attempt_at INTEGER,
    last_status INTEGER,
    last_error_class TEXT,
    -- State and answer in one, such as "22" or "10timeout": the number of the state; the first digit of the last status, 0 if
    -- there was no response, or "-" while there was no attempt; the class of the error.
    outcome TEXT NOT NULL,
    last_attempt_at INTEGER,
    dead_letter_reason TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

-- Each list is in the order of ids. Lists over several outcomes, or all, are merged from one range for each.
CREATE INDEX status_delivery_by_outcome/*generation*/ ON status_delivery/*copy*/ (tenant, outcome, id/* DESC NULLS LAST*/);
-- For a subscription's deliveries, and for cancelling what waits when it is deleted.
CREATE INDEX status_delivery_by_subscription/*generation*/ ON status_delivery/*copy*/ (subscription, outcome, id/* DESC NULLS LAST*/);
CREATE INDEX status_delivery_by_type/*generation*/ ON status_delivery/*copy*/ (tenant, event_type, outcome, id/* DESC NULLS LAST*/);
-- Has as many places as there are subscriptions times types, so that each entry costs a page: what waits for its first
-- attempt, most of it for a moment, is not in it.
CREATE INDEX status_delivery_by_subscription_and_type/*generation*/
ON status_delivery/*copy*/ (subscription, event_type, outcome, id/* DESC NULLS LAST*/) WHERE state <> 0;
CREATE INDEX status_delivery_by_event/*generation*/ ON status_delivery/*copy*/ (event_position, id/* DESC NULLS LAST*/);
