-- States 0 and 1: one range of the index by subscription.
UPDATE status_delivery/*copy*/
SET state = 4, outcome = '4' || substr(outcome, 2), next_attempt_at = NULL, updated_at = $1
WHERE subscription = $2 AND outcome >= '0' AND outcome < '2'
