BEGIN;
SET LOCAL synchronous_commit = on;

-- The format of what is here, apart from the tables of views, which have versions of their own.
CREATE TABLE view_format (
    one bigint NOT NULL CONSTRAINT view_format_key PRIMARY KEY CONSTRAINT view_format_is_one CHECK (one = 1),
    format bigint NOT NULL
);
INSERT INTO view_format (one, format) VALUES (1, {});

-- Which copies of which views there are, and how far each has folded the ledger.
-- A copy called "next" is being built beside the live one.
CREATE TABLE view_copy (
    name text COLLATE "C" NOT NULL,
    copy text COLLATE "C" NOT NULL CONSTRAINT view_copy_is_known CHECK (copy IN ('live', 'next')),
    -- The version of the code that fills it.
    version bigint NOT NULL,
    -- Told apart from the copies before it; names of keys and indexes end with it.
    generation bigint NOT NULL,
    -- Everything up to here is folded.
    position bigint NOT NULL,
    -- The last record folded and its id: another id at this position means another ledger.
    anchor_position bigint NOT NULL,
    anchor_record uuid NOT NULL,
    CONSTRAINT view_copy_key PRIMARY KEY (name, copy)
);

-- Records that a view could not fold: passed over, not forgotten.
CREATE TABLE parked (
    view text COLLATE "C" NOT NULL,
    copy text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    record_type text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    CONSTRAINT parked_key PRIMARY KEY (view, copy, position)
);

COMMIT;
