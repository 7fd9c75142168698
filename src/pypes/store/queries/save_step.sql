-- A step has succeeded: it holds nothing any more, and is not done again.
INSERT INTO steps (run_id, position, began_at, output, state)
VALUES (:run_id, :position, :began_at, :output, :state)
ON CONFLICT (run_id, position) DO UPDATE
SET output = excluded.output, state = excluded.state, day = NULL, tokens = 0, nano_usd = 0
