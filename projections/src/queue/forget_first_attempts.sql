DELETE FROM queue_waiting/*copy*/ WHERE subscription = $1 AND due_at IS NULL
