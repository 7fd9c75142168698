-- What was gathered for long enough, with the trigger that gathered it.
SELECT g.action_id, g.first_at, g.due_at, g.first_id, g.size, g.value, a.agent_id, a.position, a.type, a.definition, n.name
FROM gatherings g
JOIN schedules s ON s.id = g.action_id
JOIN actions a ON a.id = g.action_id
JOIN agents n ON n.id = a.agent_id
WHERE g.due_at <= :now
ORDER BY g.due_at
LIMIT :limit
/* postgres: FOR UPDATE OF s, g SKIP LOCKED */
