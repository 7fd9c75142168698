-- Whether a run of an action waits in line.
SELECT 1 FROM runs WHERE action_id = :action_id AND state = 'waiting' AND due_at IS NULL LIMIT 1
