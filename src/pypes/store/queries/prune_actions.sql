-- Forget actions that left their agent so long ago that no run refers to them any more.
DELETE FROM actions
WHERE id IN (SELECT id FROM actions WHERE ended_at < :before ORDER BY ended_at LIMIT :limit)
