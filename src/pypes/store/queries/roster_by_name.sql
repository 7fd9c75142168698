-- Agents whose lower-case names match a pattern, in the order of their names.
SELECT id, name, created_at, updated_at
FROM agents
WHERE name > :after AND lower(name) LIKE :pattern ESCAPE '\'
ORDER BY name
LIMIT :limit
