-- Takes the lease $1 for the node $2 and the next $3 microseconds, unless another node holds it. What an earlier life of this
-- node held is its own: there is one process of a node at a time.
INSERT INTO hookledger.leases AS known (name, holder, epoch, expires_at)
VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 microsecond')
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, epoch = known.epoch + 1, expires_at = excluded.expires_at
WHERE known.expires_at <= clock_timestamp() OR known.holder = excluded.holder
RETURNING epoch
