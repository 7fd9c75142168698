-- An agent is removed.
INSERT INTO departures (name, departed_at) VALUES (:name, :now)
ON CONFLICT (name) DO UPDATE SET departed_at = excluded.departed_at
