-- A new agent.
INSERT INTO agents (id, name, options, created_at, updated_at) VALUES (:id, :name, :options, :now, :now)
