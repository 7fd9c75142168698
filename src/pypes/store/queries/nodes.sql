-- The daemons that use this store, the oldest first.
SELECT id, version, started_at, seen_at, expires_at, draining, held, seats, rate, ahead
FROM nodes
ORDER BY started_at, id
