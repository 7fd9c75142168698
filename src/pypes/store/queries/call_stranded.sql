-- Runs that wait in line behind nothing are called: on a shared store the one before may have ended in the same
-- moment in which they lined up, unseen by either side.
UPDATE runs
SET due_at = :now
WHERE id IN (SELECT f.id FROM runs f
             WHERE f.id IN (SELECT min(w.id) FROM runs w
                            WHERE w.state = 'waiting' AND w.due_at IS NULL
                              AND NOT EXISTS (SELECT 1 FROM runs o
                                              WHERE o.action_id = w.action_id AND o.state IN ('waiting', 'running')
                                                AND o.due_at IS NOT NULL)
                            GROUP BY w.action_id)
             /* postgres: FOR UPDATE SKIP LOCKED */)
  AND state = 'waiting' AND due_at IS NULL
