-- The older runs that ended after a moment: caught up with, backfilled, tried again, or simply long.
-- The first condition is the index's own.
SELECT id, state, attempt, finished_at
FROM runs
WHERE finished_at > slot + 5000000 AND finished_at > :since AND id < :born
ORDER BY finished_at DESC
LIMIT :limit
