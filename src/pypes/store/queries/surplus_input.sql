-- The newest input of an agent that is one too many.
SELECT id FROM inputs WHERE agent_id = :agent_id ORDER BY id DESC LIMIT 1 OFFSET :keep
