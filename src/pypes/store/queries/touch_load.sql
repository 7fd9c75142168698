-- Somebody is at work on a load.
UPDATE loads SET touched_at = :now WHERE id = :id
