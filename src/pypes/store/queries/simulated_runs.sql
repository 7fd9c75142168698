-- The ledger of a simulation, in the order of its slots.
SELECT id, agent, action, type, trigger, slot, effective, slot_to, slots, state, reason, due_at, owner, attempt,
       started_at, finished_at, attempts
FROM runs
WHERE slot >= :start AND slot <= :end
ORDER BY id
LIMIT :limit
