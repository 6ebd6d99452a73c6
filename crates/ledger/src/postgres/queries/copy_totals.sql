-- Records, streams, the last sequences of all streams together, and the first and the last position.
SELECT coalesce(sum(records), 0)::bigint, count(*), coalesce(sum(last), 0)::bigint,
       coalesce((SELECT min(position) FROM hookledger.records), 0),
       coalesce((SELECT max(position) FROM hookledger.records), 0)
FROM (
    SELECT count(*) AS records, max(sequence) AS last
    FROM hookledger.records
    GROUP BY aggregate_id, aggregate_type
) AS streams
