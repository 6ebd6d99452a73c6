-- Takes the lease of the version before, `deliveries`, for good and in nobody's name, unless a node of that version holds it.
-- What an earlier life of the node $1 held under that version is its own. Says something if it is taken.
INSERT INTO hookledger.leases AS known (name, holder, epoch, expires_at)
VALUES ('deliveries', '00000000-0000-0000-0000-000000000000', 1, 'infinity')
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, epoch = known.epoch + 1, expires_at = excluded.expires_at
WHERE known.expires_at <= clock_timestamp() OR known.holder IN ($1, excluded.holder)
RETURNING epoch
