-- All of a load is here, and it will be saved.
UPDATE loads SET accepted_at = :now, touched_at = :now WHERE id = :id AND accepted_at IS NULL
