-- Forget the steps of runs that are forgotten.
DELETE FROM steps
WHERE run_id < :before AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = steps.run_id)
