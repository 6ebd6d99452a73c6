-- What stands in each of these places, in the order in which they were asked for; nothing where nobody is.
SELECT r.position, r.record_id
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS p (aggregate_type, aggregate_id, sequence, place)
LEFT JOIN hookledger.records r
       ON r.aggregate_id = p.aggregate_id AND r.aggregate_type = p.aggregate_type AND r.sequence = p.sequence
ORDER BY p.place
