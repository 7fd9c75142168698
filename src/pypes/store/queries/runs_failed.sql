-- Of the runs born since one moment, those that failed after another, the newest first.
SELECT id, state, attempt, finished_at
FROM runs
WHERE id >= :born AND finished_at > :since AND state IN ('failed', 'unknown')
ORDER BY id DESC
LIMIT :limit
