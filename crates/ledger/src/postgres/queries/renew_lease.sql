-- Holds the lease $1 for another $4 microseconds, also if it has run out and nobody took it since.
UPDATE hookledger.leases SET expires_at = clock_timestamp() + $4 * interval '1 microsecond'
WHERE name = $1 AND holder = $2 AND epoch = $3
RETURNING epoch
