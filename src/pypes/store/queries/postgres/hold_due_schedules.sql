-- Hold the schedules that want a look until this transaction ends, so that nobody else decides them; those that
-- somebody else holds are left to him. They are read once they are held: a row read before may have moved on.
SELECT s.id
FROM schedules s
WHERE s.look_at <= :soon AND (s.look_at <= :now OR s.look_at < s.next_at)
ORDER BY s.look_at
LIMIT :limit
FOR UPDATE SKIP LOCKED
