-- A page of the ledger, newest first: open runs of one state.
SELECT id, agent, action, type, trigger, slot, effective, slot_to, slots, state, reason, due_at, owner, attempt,
       started_at, finished_at, attempts
FROM runs /* sqlite: INDEXED BY runs_open */
WHERE id < :before AND id >= :since
  AND state IN ('waiting', 'running') AND state = :state
  AND trigger = coalesce(:trigger, trigger)
ORDER BY id DESC
LIMIT :limit
