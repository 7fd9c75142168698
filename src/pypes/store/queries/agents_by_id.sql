-- Agents in the order of their ids, with their options.
SELECT id, options FROM agents WHERE id > :after ORDER BY id LIMIT :limit
