-- An action is added, moved, rewritten under its id, or comes back.
INSERT INTO actions (id, agent_id, position, type, definition)
VALUES (:id, :agent_id, :position, :type, :definition)
ON CONFLICT (id) DO UPDATE
SET position = excluded.position, type = excluded.type, definition = excluded.definition, ended_at = NULL
