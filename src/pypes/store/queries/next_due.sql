-- When the next waiting run is due.
SELECT min(due_at) FROM runs WHERE state = 'waiting' AND due_at IS NOT NULL AND id >= :since
