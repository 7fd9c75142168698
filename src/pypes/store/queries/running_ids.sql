-- The runs that are held.
SELECT id FROM runs WHERE state = 'running'
