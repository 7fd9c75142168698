-- All of a load is here, and it will be saved. To say so again changes nothing: the answer may have been lost.
UPDATE loads SET accepted_at = coalesce(accepted_at, :now), touched_at = :now WHERE id = :id
