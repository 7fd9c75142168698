-- A page of the ledger, newest first: runs of one state that is neither open nor a success.
SELECT id, agent, action, type, trigger, slot, effective, slot_to, slots, state, reason, due_at, owner, attempt,
       started_at, finished_at, attempts
FROM runs
WHERE id < :before AND id >= :since
  AND (state = 'failed' OR state = 'cancelled' OR state = 'unknown' OR state = 'skipped') AND state = :state
  AND trigger = coalesce(:trigger, trigger)
ORDER BY id DESC
LIMIT :limit
