-- A step has succeeded: it holds nothing any more, and is not done again.
INSERT INTO steps (run_id, position, began_at, output, state, words)
VALUES (:run_id, :position, :began_at, :output, :state, :words)
ON CONFLICT (run_id, position) DO UPDATE
SET output = excluded.output, state = excluded.state, words = excluded.words, day = NULL, tokens = 0, nano_usd = 0
