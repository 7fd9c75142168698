-- A slot was decided: the schedule moves on, unless somebody moved it first.
UPDATE schedules
SET slot = :slot, next_at = :next_at, look_at = :look_at, state = :state, skip_run = :skip_run, remaining = :remaining,
    note = CASE WHEN :state = 'paused' THEN note END, until = CASE WHEN :state = 'paused' THEN until END,
    last_run = coalesce(:last_run, last_run)
WHERE id = :id AND slot = :old_slot
