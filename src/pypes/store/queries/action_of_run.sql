-- The action that a run was born of, also when it has left its agent.
SELECT a.agent_id, a.id, a.position, a.type, a.definition
FROM runs r
JOIN actions a ON a.id = r.action_id
WHERE r.id = :run_id
