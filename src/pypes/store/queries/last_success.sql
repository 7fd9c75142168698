-- When a run of an action last succeeded: its start.
SELECT started_at FROM runs
WHERE agent = :agent AND action_id = :action_id AND state = 'succeeded'
ORDER BY id DESC
LIMIT 1
