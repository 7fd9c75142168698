-- A kept figure changes together with what it counts.
INSERT INTO counts (name, value) VALUES (:name, :change)
ON CONFLICT (name) DO UPDATE SET value = counts.value + :change
