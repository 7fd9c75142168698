-- A run is about these inputs.
INSERT INTO run_inputs (run_id, value) VALUES (:run_id, :value) ON CONFLICT (run_id) DO NOTHING
