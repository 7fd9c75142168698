-- How the newest runs between two ids went.
SELECT id, state, slots, attempt, effective, started_at, finished_at
FROM runs
WHERE id >= :since AND id < :before
ORDER BY id DESC
LIMIT :limit
