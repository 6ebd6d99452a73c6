INSERT INTO queue_waiting/*copy*/
    (delivery, tenant, subscription, event, event_position, event_type, due_at, attempts, budget_made, budget_since,
    sequence, by_hand)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (delivery) DO UPDATE SET
    due_at = excluded.due_at,
    attempts = excluded.attempts,
    budget_made = excluded.budget_made,
    budget_since = excluded.budget_since,
    sequence = excluded.sequence,
    by_hand = excluded.by_hand
