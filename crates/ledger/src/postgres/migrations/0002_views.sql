-- Where views are: tables that nodes make, fill, replace and drop, since all of them can be made again from the records.
-- In a schema of its own, so that leave to do so says nothing of the ledger.
CREATE SCHEMA hookledger_views;
GRANT USAGE, CREATE ON SCHEMA hookledger_views TO hookledger_app;
