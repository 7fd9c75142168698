-- The agents that runs of an agent have created.
SELECT id, name, options, created_at, created_by FROM agents WHERE created_by = :creator ORDER BY id
