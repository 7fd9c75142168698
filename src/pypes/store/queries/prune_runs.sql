-- Forget the oldest rows of the ledger that are over and older than a moment (`before` is that moment's id).
DELETE FROM runs
WHERE id IN (SELECT id FROM runs
             WHERE id < :before AND state NOT IN ('waiting', 'running')
               AND coalesce(finished_at, 0) < :finished_before
             ORDER BY id
             LIMIT :limit)
