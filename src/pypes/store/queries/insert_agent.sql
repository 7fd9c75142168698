-- A new agent.
INSERT INTO agents (id, name, options, created_at, updated_at, created_by)
VALUES (:id, :name, :options, :now, :now, :created_by)
