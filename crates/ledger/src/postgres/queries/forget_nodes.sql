-- Nodes that have been gone for long.
DELETE FROM hookledger.nodes WHERE expires_at < clock_timestamp() - interval '1 day'
