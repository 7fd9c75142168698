-- The oldest open run of an action: what the next in line waits for.
SELECT id, state, due_at FROM runs
WHERE action_id = :action_id AND state IN ('waiting', 'running')
ORDER BY id
LIMIT 1
