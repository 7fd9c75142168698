-- The actions of an agent that fire on inputs, in order, and whether they are paused.
SELECT a.agent_id, a.id, a.position, a.type, a.definition, s.state, s.until, s.skip_run
FROM actions a
JOIN schedules s ON s.id = a.id
WHERE a.agent_id = :agent_id AND a.type = 'on_input' AND a.ended_at IS NULL
ORDER BY a.position
