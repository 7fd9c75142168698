-- The id of an agent's newest input.
SELECT max(id) FROM inputs WHERE agent_id = :agent_id
