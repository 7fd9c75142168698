-- Waiting runs will not be taken: their action was paused, replaced or removed.
UPDATE runs
SET state = CASE WHEN attempt = 0 THEN 'skipped' ELSE 'cancelled' END, reason = :reason, finished_at = :now
WHERE action_id = :action_id AND state = 'waiting' AND trigger <> 'manual'
