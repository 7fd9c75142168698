-- One row of the ledger.
SELECT id, agent, action, type, trigger, slot, effective, slot_to, slots, state, reason, due_at, owner, attempt,
       started_at, finished_at, attempts
FROM runs WHERE id = :id
