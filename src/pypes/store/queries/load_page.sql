-- The next agents of a load.
SELECT number, definition FROM load_agents WHERE load = :load ORDER BY number LIMIT :limit
