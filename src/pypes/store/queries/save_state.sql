-- An agent remembers something else from now on.
INSERT INTO states (agent_id, value, updated_at) VALUES (:agent_id, :value, :now)
ON CONFLICT (agent_id) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
