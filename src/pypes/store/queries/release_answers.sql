-- Whoever stored these streams is no longer among the nodes: others may continue them at once.
UPDATE answered SET touched_at = :touched
WHERE is_done = 0 AND touched_at > :touched
  AND NOT EXISTS (SELECT 1 FROM nodes n WHERE substr(answered.holder, 1, length(n.id) + 1) = n.id || '/')
