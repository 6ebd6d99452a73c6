-- The node $1 is gone, and nothing of its lanes is under way. The epochs stay: the next holders have others.
WITH gone AS (
    DELETE FROM hookledger.nodes WHERE name = $1
), held AS (
    SELECT lane FROM hookledger.lanes WHERE holder = $1 ORDER BY lane FOR UPDATE
)
UPDATE hookledger.lanes SET holder = NULL, expires_at = clock_timestamp()
FROM held WHERE lanes.lane = held.lane AND lanes.holder = $1
