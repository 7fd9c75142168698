-- A waiting run is taken by this daemon.
UPDATE runs SET state = 'running', owner = :owner WHERE id = :id AND state = 'waiting'
