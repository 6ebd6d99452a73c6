-- Which copies of which views there are, and how far each has folded the ledger.
-- A copy called "next" is being built beside the live one.
CREATE TABLE view_copy (
    name TEXT NOT NULL,
    copy TEXT NOT NULL CONSTRAINT view_copy_is_known CHECK (copy IN ('live', 'next')),
    -- The version of the code that fills it.
    version INTEGER NOT NULL,
    -- Told apart from the copies before it; names of indexes end with it.
    generation INTEGER NOT NULL,
    -- Everything up to here is folded.
    position INTEGER NOT NULL,
    -- The last record folded and its id: another id at this position means another ledger.
    anchor_position INTEGER NOT NULL,
    anchor_record BLOB NOT NULL,
    CONSTRAINT view_copy_key PRIMARY KEY (name, copy)
) WITHOUT ROWID;

-- Records that a view could not fold: passed over, not forgotten.
CREATE TABLE parked (
    view TEXT NOT NULL,
    copy TEXT NOT NULL,
    position INTEGER NOT NULL,
    record_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT parked_key PRIMARY KEY (view, copy, position)
) WITHOUT ROWID;
