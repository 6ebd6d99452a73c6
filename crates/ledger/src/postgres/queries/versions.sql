-- The version of each stream, in the order in which they were asked for; 0 for one without records.
SELECT coalesce((
    SELECT r.sequence FROM hookledger.records r
    WHERE r.aggregate_id = s.aggregate_id AND r.aggregate_type = s.aggregate_type
    ORDER BY r.sequence DESC LIMIT 1
), 0)
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s (aggregate_type, aggregate_id, place)
ORDER BY s.place
