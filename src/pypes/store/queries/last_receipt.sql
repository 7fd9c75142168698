-- The newest run of an action that ended with an attempt made.
SELECT id, state, attempts, finished_at FROM runs
WHERE agent = :agent AND action_id = :action_id AND finished_at IS NOT NULL AND attempts <> '[]'
ORDER BY id DESC
LIMIT 1
