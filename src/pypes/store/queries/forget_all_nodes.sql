-- The lock on a store of one's own proves that all former daemons are dead.
DELETE FROM nodes
