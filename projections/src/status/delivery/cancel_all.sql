-- A state at a time: each is one range of the index by subscription.
UPDATE status_delivery/*copy*/
SET state = 4, next_attempt_at = NULL, updated_at = $1
WHERE subscription = $2 AND state = $3
