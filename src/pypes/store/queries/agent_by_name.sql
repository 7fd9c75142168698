-- One agent, if it exists.
SELECT id, name, options, created_at FROM agents WHERE name = :name
