-- Daemons whose lease is over are given up: what they hold is anybody's. One that says this very moment that it is
-- there is not.
DELETE FROM nodes
WHERE id IN (SELECT id FROM nodes WHERE expires_at <= :now AND id <> :id /* postgres: FOR UPDATE SKIP LOCKED */)
RETURNING id
