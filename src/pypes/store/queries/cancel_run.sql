-- An open run is called off; its holder drops the exchange.
UPDATE runs
SET state = 'cancelled', reason = :reason, finished_at = :now
WHERE id = :id AND state IN ('waiting', 'running')
RETURNING action_id
