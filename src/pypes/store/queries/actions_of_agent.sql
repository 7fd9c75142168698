-- The actions that an agent has now, in their order.
SELECT agent_id, id, position, type, definition
FROM actions
WHERE agent_id = :agent_id AND ended_at IS NULL AND position >= 0
ORDER BY position
