-- Ids are their 16 bytes, or no bytes for all; instants are microseconds since 1970; an event type is its name, or '' for all.
-- Everything in the newest minute, and what was recorded later of the same minute.
CREATE TABLE analytics_fresh/*copy*/ (
    tenant BLOB/*id*/ NOT NULL,
    at INTEGER NOT NULL,
    subscription BLOB NOT NULL,
    event_type TEXT NOT NULL,
    published INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    dead_lettered INTEGER NOT NULL,
    success INTEGER NOT NULL,
    redirect INTEGER NOT NULL,
    client_error INTEGER NOT NULL,
    server_error INTEGER NOT NULL,
    no_response INTEGER NOT NULL,
    slowest_us INTEGER NOT NULL,
    latency BLOB NOT NULL,
    CONSTRAINT analytics_fresh_key/*generation*/ PRIMARY KEY (tenant, at, subscription, event_type)
) WITHOUT ROWID;

-- Everything before.
CREATE TABLE analytics_series/*copy*/ (
    tenant BLOB/*id*/ NOT NULL,
    resolution INTEGER NOT NULL,
    subscription BLOB NOT NULL,
    event_type TEXT NOT NULL,
    at INTEGER NOT NULL,
    published INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    dead_lettered INTEGER NOT NULL,
    success INTEGER NOT NULL,
    redirect INTEGER NOT NULL,
    client_error INTEGER NOT NULL,
    server_error INTEGER NOT NULL,
    no_response INTEGER NOT NULL,
    slowest_us INTEGER NOT NULL,
    latency BLOB NOT NULL,
    CONSTRAINT analytics_series_key/*generation*/ PRIMARY KEY (tenant, resolution, subscription, event_type, at)
) WITHOUT ROWID;

-- For forgetting the oldest bucket.
CREATE INDEX analytics_series_by_age/*generation*/ ON analytics_series/*copy*/ (resolution, at);

-- The buckets that are kept.
CREATE TABLE analytics_bucket/*copy*/ (
    resolution INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT analytics_bucket_key/*generation*/ PRIMARY KEY (resolution, at)
) WITHOUT ROWID;

-- The newest minute in which anything happened.
CREATE TABLE analytics_newest/*copy*/ (
    one INTEGER NOT NULL CONSTRAINT analytics_newest_key/*generation*/ PRIMARY KEY,
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- Deliveries of which more is expected than their first outcome; records of outcomes do not say whose they are.
CREATE TABLE analytics_open/*copy*/ (
    delivery BLOB/*id*/ NOT NULL CONSTRAINT analytics_open_key/*generation*/ PRIMARY KEY,
    subscription BLOB/*id*/ NOT NULL,
    event_type TEXT NOT NULL
) WITHOUT ROWID;
