-- A run's templates could see inputs up to this one.
INSERT INTO run_inputs (run_id, seen) VALUES (:run_id, :seen)
ON CONFLICT (run_id) DO UPDATE SET seen = excluded.seen
