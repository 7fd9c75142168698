-- A step of a held run is over, and others follow.
UPDATE runs
SET attempts = :attempts, started_at = coalesce(started_at, :started_at)
WHERE id = :id AND owner = :owner AND attempt = :attempt - 1 AND state = 'running'
