-- A run has succeeded: nobody will go on from its steps.
DELETE FROM steps WHERE run_id = :run_id
