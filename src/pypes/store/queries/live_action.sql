-- One action that has not left its agent.
SELECT agent_id, id, position, type, definition FROM actions WHERE id = :id AND ended_at IS NULL
