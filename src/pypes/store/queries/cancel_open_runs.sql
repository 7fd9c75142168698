-- The open runs of an action give way, but for one that is born in their place.
UPDATE runs
SET state = 'cancelled', reason = :reason, finished_at = :now
WHERE action_id = :action_id AND state IN ('waiting', 'running')
RETURNING id
