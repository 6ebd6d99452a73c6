DELETE FROM queue_waiting/*copy*/ WHERE delivery = $1
