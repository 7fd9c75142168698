-- The holder stops: whatever it still holds is taken again at the next start.
UPDATE runs SET state = 'waiting' WHERE owner = :owner AND state = 'running'
