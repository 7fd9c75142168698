-- Whether an agent was saved, paused, resumed or removed after a moment.
SELECT 1 FROM agents WHERE name = :name AND updated_at > :since
UNION ALL
SELECT 1 FROM departures WHERE name = :name AND departed_at > :since
LIMIT 1
