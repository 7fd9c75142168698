-- One schedule, if the action has one.
SELECT id, slot, next_at, state, note, until, remaining, last_run, skip_run FROM schedules WHERE id = :id
