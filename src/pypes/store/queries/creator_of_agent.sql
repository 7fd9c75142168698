-- The name of the agent whose run created an agent.
SELECT creator.name
FROM agents a
JOIN agents creator ON creator.id = a.created_by
WHERE a.id = :id
