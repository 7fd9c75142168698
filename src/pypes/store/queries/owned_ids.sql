-- The runs that a daemon holds.
SELECT id FROM runs WHERE state = 'running' AND owner = :owner
