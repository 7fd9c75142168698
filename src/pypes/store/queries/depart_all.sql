-- `pypes rm db`: all agents are removed.
INSERT INTO departures (name, departed_at)
SELECT name, :now FROM agents WHERE true
ON CONFLICT (name) DO UPDATE SET departed_at = excluded.departed_at
