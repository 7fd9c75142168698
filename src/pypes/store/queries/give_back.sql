-- A run that is held by a daemon which does not know of it is taken again, as if it had never been claimed.
UPDATE runs SET state = 'waiting' WHERE id = :id AND owner = :owner AND state = 'running'
