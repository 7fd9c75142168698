-- One action, also when it has left its agent.
SELECT agent_id, id, position, type, definition FROM actions WHERE id = :id
