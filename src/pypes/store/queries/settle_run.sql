-- The holder says how its attempt ended. A run that was skipped too late to stop it did run, and says so.
UPDATE runs
SET state = :state, reason = CASE WHEN :state = 'cancelled' THEN coalesce(reason, :reason) ELSE :reason END, due_at = :due_at, attempt = :attempt, attempts = :attempts,
    started_at = coalesce(started_at, :started_at), finished_at = :finished_at
WHERE id = :id AND owner = :owner AND attempt = :attempt - 1
  AND ((state = 'running' AND :state <> 'cancelled') OR (state = 'skipped' AND reason IN ('paused', 'replaced'))
       OR (state = 'cancelled' AND :state = 'cancelled'))
