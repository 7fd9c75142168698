-- All inputs that an agent still has, oldest first, as they stand in its definition.
SELECT value FROM inputs WHERE agent_id = :agent_id ORDER BY id
