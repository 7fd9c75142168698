-- A daemon says that it is still there; nothing happens if it was given up meanwhile.
UPDATE nodes
SET seen_at = :seen_at, expires_at = :expires_at, held = :held, rate = :rate, ahead = :ahead
WHERE id = :id
RETURNING draining
