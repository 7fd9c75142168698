-- Whoever owns this home now proves that the daemons that ran in it before are dead.
DELETE FROM nodes WHERE place = :place AND id <> :id
