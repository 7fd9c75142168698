-- The actions of which runs wait in line behind others.
SELECT DISTINCT action_id FROM runs WHERE state = 'waiting' AND due_at IS NULL
