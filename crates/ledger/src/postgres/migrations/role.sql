-- Roles belong to the whole server: another database's migration may make this one at the same moment.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hookledger_app') THEN
        CREATE ROLE hookledger_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
-- Whoever migrates works under it, too, unless they are almighty anyway.
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT hookledger_app TO %I', current_user);
    END IF;
END $$;
CREATE SCHEMA IF NOT EXISTS hookledger;
CREATE TABLE IF NOT EXISTS hookledger.migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
