-- A page of schedules, oldest agent first.
SELECT s.id, g.name, a.position, a.definition, s.slot, s.next_at, s.state, s.note, s.until, s.last_run
FROM schedules s
JOIN actions a ON a.id = s.id
JOIN agents g ON g.id = s.agent_id
WHERE s.id > :after
ORDER BY s.id
LIMIT :limit
