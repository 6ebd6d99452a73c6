-- The table of all records: the seven columns that postgres-es 0.5 knows, under its names and types, and ours; and the
-- table as postgres-es wants to see it.

CREATE TABLE hookledger.records (
    position       bigint GENERATED ALWAYS AS IDENTITY, -- In commit order, with gaps.
    sequence       bigint NOT NULL,                     -- In the stream, from 1.
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    record_id      uuid NOT NULL,
    tenant         uuid NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,           -- The kind of stream.
    aggregate_id   text COLLATE "C" NOT NULL,           -- TypeID.
    event_type     text COLLATE "C" NOT NULL,           -- What happened, such as delivery.scheduled.
    event_version  text COLLATE "C" NOT NULL,           -- Of the payload's format, a number.
    payload        json NOT NULL,                       -- Byte for byte: json keeps the text, jsonb would not.
    metadata       json NOT NULL,
    CONSTRAINT records_by_position PRIMARY KEY (position),
    -- The id comes first because ids begin with the time: all streams grow at one end of the index.
    CONSTRAINT one_record_for_each_sequence UNIQUE (aggregate_id, aggregate_type, sequence),
    CONSTRAINT sequences_start_at_one CHECK (sequence >= 1)
);

-- Subscriptions, keys and the like are few among millions of deliveries: read them without passing those.
CREATE INDEX control_records ON hookledger.records (position) WHERE aggregate_type NOT IN ('event', 'delivery');

-- One writer at a time, from before it draws its first position until its commit is visible: so no reader sees a
-- position while a lower one is still to come. Sequences alone do not give that.
CREATE FUNCTION hookledger.take_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1212894279);
    RETURN NULL;
END $$;
CREATE TRIGGER positions_are_drawn_in_commit_order BEFORE INSERT ON hookledger.records
    FOR EACH STATEMENT EXECUTE FUNCTION hookledger.take_turn();

-- The lock is held, so the last position that was drawn is this transaction's own.
CREATE FUNCTION hookledger.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hookledger_records', pg_sequence_last_value('hookledger.records_position_seq')::text);
    RETURN NULL;
END $$;
CREATE TRIGGER listeners_are_told AFTER INSERT ON hookledger.records
    FOR EACH STATEMENT EXECUTE FUNCTION hookledger.tell();

CREATE FUNCTION hookledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER records_are_never_changed_or_removed BEFORE UPDATE OR DELETE OR TRUNCATE ON hookledger.records
    FOR EACH STATEMENT EXECUTE FUNCTION hookledger.refuse();

-- Also for sessions that replicate or restore: nothing but dropping a trigger gets past it.
ALTER TABLE hookledger.records ENABLE ALWAYS TRIGGER positions_are_drawn_in_commit_order;
ALTER TABLE hookledger.records ENABLE ALWAYS TRIGGER listeners_are_told;
ALTER TABLE hookledger.records ENABLE ALWAYS TRIGGER records_are_never_changed_or_removed;

-- For postgres-es, as it comes: `with_tables("hookledger.events", …)`. It carries payloads as values, which would lose
-- digits and the order of keys, so they pass as their exact text in a list of one; and metadata as texts by name, so
-- ours is one of those texts.
CREATE VIEW hookledger.events AS
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version,
       json_build_array(payload::text) AS payload,
       json_build_object('tenant', tenant, 'record_id', record_id, 'position', position::text,
                         'metadata', metadata::text) AS metadata
FROM hookledger.records;

CREATE FUNCTION hookledger.record_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hookledger.records (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                                    record_id, tenant)
    VALUES (NEW.aggregate_type, NEW.aggregate_id, NEW.sequence, NEW.event_type, NEW.event_version,
            CASE json_typeof(NEW.payload) WHEN 'array' THEN (NEW.payload ->> 0)::json ELSE NEW.payload END,
            coalesce(NEW.metadata ->> 'metadata', '{"actor":{"kind":"system"}}')::json,
            coalesce((NEW.metadata ->> 'record_id')::uuid, gen_random_uuid()),
            -- Who does not say whose it is writes for nobody.
            coalesce((NEW.metadata ->> 'tenant')::uuid, '00000000-0000-0000-0000-000000000000'));
    RETURN NEW;
END $$;
CREATE TRIGGER events_are_records INSTEAD OF INSERT ON hookledger.events
    FOR EACH ROW EXECUTE FUNCTION hookledger.record_event();

-- The role that nodes work under: it may add and read.
GRANT USAGE ON SCHEMA hookledger TO hookledger_app;
GRANT SELECT, INSERT ON hookledger.records, hookledger.events TO hookledger_app;
GRANT SELECT ON SEQUENCE hookledger.records_position_seq TO hookledger_app;
GRANT SELECT ON hookledger.migrations TO hookledger_app;
