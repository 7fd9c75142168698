-- Claimed runs that are not yet due are not sent: their action was paused, replaced or removed.
UPDATE runs
SET state = 'skipped', reason = :reason, finished_at = :now
WHERE action_id = :action_id AND state = 'running' AND started_at IS NULL AND due_at > :now
RETURNING id
