-- What the newest run of an action that succeeded was answered.
SELECT attempts FROM runs
WHERE agent = :agent AND action_id = :action_id AND state = 'succeeded'
ORDER BY id DESC
LIMIT 1
