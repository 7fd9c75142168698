-- The waiting runs that are due.
SELECT r.id, r.agent, r.action_id, r.action, a.definition, r.trigger, r.slot, r.due_at, r.attempt, r.attempts,
       r.crashes, r.payload, s.next_at
FROM runs r
JOIN actions a ON a.id = r.action_id
LEFT JOIN schedules s ON s.id = r.action_id
WHERE r.state = 'waiting' AND r.due_at IS NOT NULL AND r.due_at <= :now AND r.id >= :since
ORDER BY r.due_at
LIMIT :limit
/* postgres: FOR UPDATE OF r SKIP LOCKED */
