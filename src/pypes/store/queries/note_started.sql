-- The holder says that a run is under way for a while.
UPDATE runs
SET started_at = coalesce(started_at, :started_at)
WHERE id = :id AND owner = :owner AND state = 'running'
