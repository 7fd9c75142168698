-- A daemon is there, and has its lease.
INSERT INTO nodes (id, place, version, started_at, seen_at, expires_at, draining, held, seats, rate, ahead)
VALUES (:id, :place, :version, :started_at, :seen_at, :expires_at, :draining, :held, :seats, :rate, :ahead)
