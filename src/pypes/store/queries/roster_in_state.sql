-- Agents with a schedule that is paused, or finished, and whose names match a pattern, the oldest first.
SELECT g.id, g.name, g.created_at, g.updated_at, s.id
FROM schedules s
JOIN agents g ON g.id = s.agent_id
WHERE s.state = :state AND s.state <> 'active' AND s.id > :after AND lower(g.name) LIKE :pattern ESCAPE '\'
  AND NOT EXISTS (SELECT 1 FROM schedules e WHERE e.id > s.agent_id AND e.id < s.id AND e.state = :state)
ORDER BY s.id
LIMIT :limit
