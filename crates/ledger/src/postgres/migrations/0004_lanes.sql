-- Deliveries divided among nodes: which nodes live, and who holds which lane. Times are those of this server's clock.
--
-- Nodes of the version before know the lease `deliveries` only, and deliver everything under it. Nodes of this version take
-- that lease for good, in nobody's name, before they take a lane; so both never deliver at the same time. The row goes in a
-- later version.
CREATE TABLE hookledger.nodes (
    name       uuid PRIMARY KEY,
    since      timestamptz NOT NULL, -- Since when it is heard of without a gap as long as a term.
    expires_at timestamptz NOT NULL
);
CREATE TABLE hookledger.lanes (
    lane       smallint PRIMARY KEY CONSTRAINT lane_is_one_of_sixteen CHECK (lane BETWEEN 0 AND 15),
    holder     uuid,                 -- None: nobody has to be waited for.
    epoch      bigint NOT NULL,      -- How often it was taken: a holder that froze meanwhile has an older one.
    expires_at timestamptz NOT NULL
);
INSERT INTO hookledger.lanes (lane, epoch, expires_at) SELECT lane, 0, clock_timestamp() FROM generate_series(0, 15) AS lane;
-- Renewed every second: keep the few dead rows on the page.
ALTER TABLE hookledger.nodes SET (fillfactor = 10);
ALTER TABLE hookledger.lanes SET (fillfactor = 10);
GRANT SELECT, INSERT, UPDATE, DELETE ON hookledger.nodes TO hookledger_app;
GRANT SELECT, UPDATE ON hookledger.lanes TO hookledger_app;
