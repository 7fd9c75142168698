-- The action that a run was born of, and what the run sends in place of its words.
SELECT a.agent_id, a.id, a.position, a.type, a.definition, r.payload, r.slot, r.attempt
FROM runs r
JOIN actions a ON a.id = r.action_id
WHERE r.id = :id
