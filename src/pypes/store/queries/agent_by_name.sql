-- One agent, if it exists.
SELECT id, name, options, created_at, created_by FROM agents WHERE name = :name
