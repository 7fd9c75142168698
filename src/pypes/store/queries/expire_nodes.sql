-- Daemons whose lease is over are given up: what they hold is anybody's.
DELETE FROM nodes WHERE expires_at <= :now AND id <> :id RETURNING id
