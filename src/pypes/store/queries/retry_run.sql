-- A run that did not succeed is tried again by hand: the same row, the same id.
UPDATE runs
SET state = 'waiting', reason = NULL, due_at = :now, finished_at = NULL, crashes = 0
WHERE id = :id AND state IN ('failed', 'cancelled', 'unknown')
RETURNING action_id
