-- As long as this table is there the ledger is being filled, and servers refuse to open it. Its one row tells from which
-- source, and how far that was compared.
CREATE TABLE hookledger.copy_under_way (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    first    uuid NOT NULL, -- The id of the source's first record.
    upto     bigint NOT NULL,
    records  bigint NOT NULL,
    digest   bytea NOT NULL
)
