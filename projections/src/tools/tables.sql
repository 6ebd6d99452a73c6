-- Ids are their 16 bytes, instants are microseconds since 1970.
CREATE TABLE tools_action/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT tools_action_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    -- 0 running, 1 completed, 2 cancelled.
    state INTEGER NOT NULL,
    -- JSON: what was asked for, and by whom.
    wanted TEXT NOT NULL,
    actor TEXT NOT NULL,
    looked_at INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

-- For the actions of a tenant.
CREATE INDEX tools_action_by_tenant/*generation*/ ON tools_action/*copy*/ (tenant, id);

CREATE TABLE tools_test/*copy*/ (
    id BLOB/*id*/ NOT NULL CONSTRAINT tools_test_key/*generation*/ PRIMARY KEY,
    tenant BLOB/*id*/ NOT NULL,
    -- Null if it was of a draft.
    subscription BLOB/*id*/,
    -- JSON: what was sent and what came of it, and who wanted it.
    sent TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

-- For the tests of a tenant, and those of a subscription.
CREATE INDEX tools_test_by_tenant/*generation*/ ON tools_test/*copy*/ (tenant, id);
CREATE INDEX tools_test_by_subscription/*generation*/ ON tools_test/*copy*/ (subscription, id)
WHERE subscription IS NOT NULL;
