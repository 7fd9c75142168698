-- The id of an agent's oldest input.
SELECT min(id) FROM inputs WHERE agent_id = :agent_id
