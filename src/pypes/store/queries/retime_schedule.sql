-- The words that say when have changed: the next slot is a new one, pause and history stay.
UPDATE schedules
SET slot = :slot, next_at = :next_at, look_at = :look_at, skip_run = NULL, overlaps = :overlaps, remaining = :remaining,
    state = CASE WHEN state = 'finished' AND CAST(:slot AS bigint) IS NOT NULL THEN 'active' ELSE state END
WHERE id = :id
