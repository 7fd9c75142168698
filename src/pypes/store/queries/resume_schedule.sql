-- A schedule fires again.
UPDATE schedules
SET state = 'active', note = NULL, until = NULL, slot = :slot, next_at = :next_at, look_at = :look_at,
    skip_run = :skip_run, remaining = :remaining
WHERE id = :id AND state = 'paused'
