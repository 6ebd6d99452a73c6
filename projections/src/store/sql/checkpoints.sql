SELECT name, copy, version, generation, position, anchor_position, anchor_record,
    (SELECT count(*) FROM parked WHERE parked.view = view_copy.name AND parked.copy = view_copy.copy)
FROM view_copy
ORDER BY name, copy
