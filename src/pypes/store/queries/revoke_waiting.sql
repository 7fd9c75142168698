-- Waiting runs will not be taken: their action was paused, replaced or removed. Those that were under way before, or
-- may have been when their daemon died, were not skipped.
UPDATE runs
SET state = CASE WHEN attempt = 0 AND crashes = 0 THEN 'skipped' ELSE 'cancelled' END, reason = :reason, finished_at = :now
WHERE action_id = :action_id AND state = 'waiting' AND trigger <> 'manual'
RETURNING state, trigger
