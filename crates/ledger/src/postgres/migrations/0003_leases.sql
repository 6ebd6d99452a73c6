-- Who may do what only one node does at a time: fold the views, deliver. Times are those of this server's clock.
CREATE TABLE hookledger.leases (
    name       text COLLATE "C" PRIMARY KEY,
    holder     uuid NOT NULL,        -- A node, by the name that it gave itself when it started.
    epoch      bigint NOT NULL,      -- How often it was taken: a holder that froze meanwhile has an older one.
    expires_at timestamptz NOT NULL
);
-- Renewed every second: keep the few dead rows on the page.
ALTER TABLE hookledger.leases SET (fillfactor = 10);
GRANT SELECT, INSERT, UPDATE ON hookledger.leases TO hookledger_app;
