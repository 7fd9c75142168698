-- Some agents of a load that was given up.
DELETE FROM load_agents
WHERE load = :load
  AND number IN (SELECT number FROM load_agents WHERE load = :load ORDER BY number LIMIT :limit)
