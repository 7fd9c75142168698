-- Forget answers that are older than a day.
DELETE FROM answered
WHERE (agent_id, key) IN (SELECT agent_id, key FROM answered WHERE touched_at < :before ORDER BY touched_at LIMIT :limit)
