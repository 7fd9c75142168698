-- Agents whose names match a pattern, the one that changed last first.
SELECT id, name, created_at, updated_at
FROM agents
WHERE updated_at <= :at AND (updated_at < :at OR id < :id) AND lower(name) LIKE :pattern ESCAPE '\'
ORDER BY updated_at DESC, id DESC
LIMIT :limit
