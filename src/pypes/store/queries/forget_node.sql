-- A daemon has stopped.
DELETE FROM nodes WHERE id = :id
