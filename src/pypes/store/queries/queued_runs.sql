-- How many runs are due and not yet taken.
SELECT count(*) FROM runs WHERE state = 'waiting' AND due_at IS NOT NULL AND due_at <= :now
