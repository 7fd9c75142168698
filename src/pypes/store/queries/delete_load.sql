-- A load is over, once nothing is left of it.
DELETE FROM loads WHERE id = :id AND NOT EXISTS (SELECT 1 FROM load_agents WHERE load = :id)
