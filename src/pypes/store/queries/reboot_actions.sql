-- The triggers that fire at a daemon's start.
SELECT a.agent_id, a.id, a.position, a.type, a.definition, g.name, s.state,
       (SELECT count(*) FROM runs r WHERE r.action_id = a.id AND r.state IN ('waiting', 'running'))
FROM actions a
JOIN agents g ON g.id = a.agent_id
JOIN schedules s ON s.id = a.id
WHERE a.type = 'reboot' AND a.ended_at IS NULL
ORDER BY a.id
