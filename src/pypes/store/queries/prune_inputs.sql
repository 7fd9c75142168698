-- Forget some of the oldest inputs of an agent, up to an id.
DELETE FROM inputs
WHERE agent_id = :agent_id
  AND id IN (SELECT id FROM inputs WHERE agent_id = :agent_id AND id <= :bound ORDER BY id LIMIT :limit)
