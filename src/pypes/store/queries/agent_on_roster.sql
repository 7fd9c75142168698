-- One agent as lists show it.
SELECT id, name, created_at, updated_at FROM agents WHERE name = :name
