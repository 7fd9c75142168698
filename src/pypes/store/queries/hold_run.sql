-- The holder is about to do a step: it still holds the run, and the run has started.
UPDATE runs
SET started_at = coalesce(started_at, :started_at)
WHERE id = :id AND owner = :owner AND attempt = :attempt - 1 AND state = 'running'
