-- The agents that were removed after a moment, the newest first.
SELECT name, departed_at FROM departures WHERE departed_at > :since ORDER BY departed_at DESC LIMIT :limit
