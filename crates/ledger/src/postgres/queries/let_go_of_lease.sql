-- The epoch stays: the next holder has another one.
UPDATE hookledger.leases SET expires_at = clock_timestamp()
WHERE name = $1 AND holder = $2 AND epoch = $3
RETURNING epoch
