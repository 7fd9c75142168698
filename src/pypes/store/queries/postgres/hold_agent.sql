-- Hold an agent until this transaction ends: two changes of one agent happen one after the other.
SELECT id FROM agents WHERE name = :name FOR UPDATE
