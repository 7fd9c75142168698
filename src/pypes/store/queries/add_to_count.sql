-- A kept figure changes together with what it counts.
UPDATE counts SET value = value + :change WHERE name = :name
