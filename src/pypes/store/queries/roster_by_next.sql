-- Agents whose names match a pattern, the one that fires next first: of its schedules only the soonest counts.
-- An agent's schedules have ids that begin with its own, so those after it and before 'g' are all of them.
SELECT g.id, g.name, g.created_at, g.updated_at, s.look_at, s.id
FROM schedules s
JOIN agents g ON g.id = s.agent_id
WHERE s.look_at >= :at AND (s.look_at > :at OR s.id > :id) AND s.state = 'active'
  AND lower(g.name) LIKE :pattern ESCAPE '\'
  AND NOT EXISTS (SELECT 1 FROM schedules e
                  WHERE e.id > s.agent_id AND e.id < s.agent_id || 'g' AND e.state = 'active'
                    AND (e.look_at < s.look_at OR (e.look_at = s.look_at AND e.id < s.id)))
ORDER BY s.look_at, s.id
LIMIT :limit
