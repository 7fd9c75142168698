-- The schedules whose next slot is close or past, with how many of their runs are open or in line.
-- Those ahead of whose slot a run is open are looked at at the slot, not before.
SELECT s.id, s.agent_id, g.name, a.position, a.definition, s.slot, s.state, s.until, s.remaining, s.skip_run,
       (SELECT count(*) FROM runs r WHERE r.action_id = s.id AND r.state IN ('waiting', 'running')),
       (SELECT count(*) FROM runs r WHERE r.action_id = s.id AND r.state = 'waiting' AND r.due_at IS NULL),
       CASE WHEN g.options LIKE '%"on_failure"%' THEN 1 ELSE 0 END
FROM schedules s
JOIN actions a ON a.id = s.id
JOIN agents g ON g.id = s.agent_id
WHERE s.look_at <= :soon AND (s.look_at <= :now OR s.look_at < s.next_at)
  /* postgres: AND s.id = ANY(:held) */
ORDER BY s.look_at
LIMIT :limit
