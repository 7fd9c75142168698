-- Keep the newest inputs of an agent.
DELETE FROM inputs
WHERE agent_id = :agent_id
  AND id <= (SELECT id FROM inputs WHERE agent_id = :agent_id ORDER BY id DESC LIMIT 1 OFFSET :keep)
