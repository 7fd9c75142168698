-- A schedule has no slot left.
UPDATE schedules
SET state = 'finished', slot = NULL, next_at = NULL, look_at = NULL, note = NULL, until = NULL,
    remaining = CASE WHEN remaining IS NOT NULL THEN 0 END,
    last_run = coalesce(:last_run, last_run)
WHERE id = :id
