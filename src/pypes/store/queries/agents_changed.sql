-- The agents that were saved, paused or resumed after a moment, the newest first.
SELECT name, updated_at FROM agents WHERE updated_at > :since ORDER BY updated_at DESC LIMIT :limit
