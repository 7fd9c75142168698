-- Claimed runs that are not yet due are given back: their action was rewritten, and they run as it now reads.
UPDATE runs
SET state = 'waiting'
WHERE action_id = :action_id AND state = 'running' AND started_at IS NULL AND due_at > :now
RETURNING id
