-- Forget all inputs of an agent.
DELETE FROM inputs WHERE agent_id = :agent_id
