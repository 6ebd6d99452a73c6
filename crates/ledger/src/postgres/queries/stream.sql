-- Records of one stream ($1, $2) after the sequence $5, at most $3, and cut after $4 bytes.
SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, record_id, tenant,
       recorded_at
FROM (
    SELECT *, coalesce(sum(octet_length(payload) + octet_length(metadata)) OVER (
        ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
    FROM (
        SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text AS payload,
               metadata::text AS metadata, record_id, tenant, recorded_at
        FROM hookledger.records
        WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $5
        ORDER BY sequence LIMIT $3
    ) AS found
) AS measured
WHERE bytes_before < $4
ORDER BY sequence
