-- A page of agents in the order of their names.
SELECT id, name, options, created_at, created_by FROM agents WHERE name > :after ORDER BY name LIMIT :limit
