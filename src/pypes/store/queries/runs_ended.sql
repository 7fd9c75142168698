-- The runs born since one moment that ended after another, the newest first.
SELECT id, state, attempt, finished_at
FROM runs
WHERE id >= :born AND finished_at > :since
ORDER BY id DESC
LIMIT :limit
