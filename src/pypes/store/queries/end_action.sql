-- An action leaves its agent; runs may still refer to it.
UPDATE actions SET ended_at = :now WHERE id = :id AND ended_at IS NULL
