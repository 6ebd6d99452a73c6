-- A group of records in one statement. The trigger takes the turn before the first position is drawn.
-- Nothing is written where a predecessor ($11 to $13) is missing: the version of some stream is not what was believed.
-- This statement may have begun before the turn came, and miss what was committed meanwhile: then it errs on that side.
WITH missing AS (
    SELECT FROM unnest($11::text[], $12::text[], $13::bigint[]) AS before (aggregate_type, aggregate_id, sequence)
    WHERE NOT EXISTS (
        SELECT FROM hookledger.records r
        WHERE r.aggregate_id = before.aggregate_id AND r.aggregate_type = before.aggregate_type
          AND r.sequence = before.sequence
    )
), written AS (
    INSERT INTO hookledger.records (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                                    record_id, tenant, recorded_at)
    SELECT n.aggregate_type, n.aggregate_id, n.sequence, n.event_type, n.event_version::text, n.payload::json,
           n.metadata::json, n.record_id, n.tenant, n.recorded_at
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::uuid[],
                $9::uuid[], $10::timestamptz[]) WITH ORDINALITY
         AS n (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, record_id, tenant,
               recorded_at, place)
    WHERE NOT EXISTS (SELECT FROM missing)
    ORDER BY n.place
    RETURNING position
)
SELECT min(position), max(position), count(*) FROM written
