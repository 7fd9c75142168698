-- Failures that were held back for long enough.
SELECT action_id, agent, sent_at, held, payload FROM alerts
WHERE held > 0 AND sent_at <= :before
ORDER BY sent_at
LIMIT :limit
/* postgres: FOR UPDATE SKIP LOCKED */
