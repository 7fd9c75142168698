-- The inputs that a run is about.
SELECT value FROM run_inputs WHERE run_id = :run_id
