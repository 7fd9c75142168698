-- What a run has done so far, in order.
SELECT position, began_at, output, state, words FROM steps WHERE run_id = :run_id ORDER BY position
