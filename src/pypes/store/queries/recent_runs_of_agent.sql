-- How the newest runs of one agent went.
SELECT id, state, slots, attempt, effective, started_at, finished_at
FROM runs
WHERE agent = :agent AND id >= :since AND id < :before
ORDER BY id DESC
LIMIT :limit
