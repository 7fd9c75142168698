-- Inputs of an agent, newest first.
SELECT id, value FROM inputs WHERE agent_id = :agent_id AND id < :before ORDER BY id DESC LIMIT :limit
