-- An agent of a load is saved, or given up.
DELETE FROM load_agents WHERE load = :load AND number = :number
