-- Format 1 of ledger.db. Column names are those of the table that cqrs-es knows on Postgres, and ours.
--
-- Measured with 609 bytes of payload and 86 of metadata, on the 2 cores this is built on:
--   ids as 16-byte blobs 852 bytes a record, as TypeID text 1,080 and a third slower to write;
--   numbering the type names in a table of their own saves 1 to 2 % of the bytes: not worth a second table;
--   pages of 8 KiB instead of 4: a tenth faster in groups of 200, and less lost at the end of each page;
--   no index on record_id: a repeated append is recognised by its place in its stream.
CREATE TABLE records (
    position       INTEGER PRIMARY KEY, -- Drawn by the writer, in commit order, without gaps.
    aggregate_type INTEGER NOT NULL,    -- The kind of stream by number (row.rs); below 32 is the control plane.
    aggregate_id   BLOB    NOT NULL,    -- The 16 bytes of the id.
    sequence       INTEGER NOT NULL,    -- In the stream, from 1.
    event_type     TEXT    NOT NULL,    -- What happened, such as delivery.scheduled.
    event_version  INTEGER NOT NULL,    -- Of the payload's format.
    payload        TEXT    NOT NULL,    -- JSON, byte for byte.
    metadata       TEXT    NOT NULL,    -- JSON, byte for byte.
    record_id      BLOB    NOT NULL,    -- 16 bytes.
    tenant         BLOB    NOT NULL,    -- 16 bytes.
    recorded_at    INTEGER NOT NULL,    -- Microseconds since 1970 in UTC.
    -- The id comes first because ids begin with the time: all streams grow at one end of the index.
    CONSTRAINT one_record_for_each_sequence UNIQUE (aggregate_id, aggregate_type, sequence)
) STRICT;

-- Subscriptions, keys and the like are few among millions of deliveries: read them without passing those.
CREATE INDEX control_records ON records (position) WHERE aggregate_type < 32;

CREATE TRIGGER records_are_never_changed BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: a record is never changed');
END;

CREATE TRIGGER records_are_never_removed BEFORE DELETE ON records
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: a record is never removed');
END;
