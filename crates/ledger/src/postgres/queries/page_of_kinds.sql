-- As page.sql, of streams of the kinds in $5.
SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, record_id, tenant,
       recorded_at
FROM (
    SELECT *, coalesce(sum(octet_length(payload) + octet_length(metadata)) OVER (
        ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
    FROM (
        SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text AS payload,
               metadata::text AS metadata, record_id, tenant, recorded_at
        FROM hookledger.records
        WHERE position > $1 AND position <= $2 AND aggregate_type = ANY ($5)
        ORDER BY position LIMIT $3
    ) AS found
) AS measured
WHERE bytes_before < $4
ORDER BY position
