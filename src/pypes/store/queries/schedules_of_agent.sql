-- The schedules of one agent, in the order of its actions.
SELECT s.id, g.name, a.position, a.definition, s.slot, s.next_at, s.state, s.note, s.until, s.last_run
FROM actions a
JOIN schedules s ON s.id = a.id
JOIN agents g ON g.id = a.agent_id
WHERE a.agent_id = :agent_id AND a.ended_at IS NULL
ORDER BY a.position
