-- More inputs wait to be one run.
INSERT INTO gatherings (action_id, first_at, due_at, first_id, size, value)
VALUES (:action_id, :first_at, :due_at, :first_id, :size, :value)
ON CONFLICT (action_id) DO UPDATE
SET first_at = excluded.first_at, due_at = excluded.due_at, first_id = excluded.first_id, size = excluded.size,
    value = excluded.value
