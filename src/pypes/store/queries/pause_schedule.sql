-- A schedule stops firing.
UPDATE schedules
SET state = 'paused', note = :note, until = :until, look_at = :look_at
WHERE id = :id AND state IN ('active', 'paused')
