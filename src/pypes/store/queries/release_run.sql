-- The holder gives a run back unsent: to be taken again when it is due.
UPDATE runs
SET state = 'waiting', due_at = :due_at
WHERE id = :id AND owner = :owner AND state = 'running'
