SELECT delivery, tenant, subscription, event, event_position, event_type, due_at, attempts, budget_made, budget_since,
    sequence, by_hand
FROM queue_waiting/*copy*/
WHERE delivery = $1
