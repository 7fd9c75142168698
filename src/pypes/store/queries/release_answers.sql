-- Whoever stored these streams is dead: others may continue them at once.
UPDATE answered SET touched_at = :touched WHERE is_done = 0 AND touched_at > :touched
