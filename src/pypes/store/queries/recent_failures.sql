-- The failures among so many of the newest runs.
SELECT id
FROM (SELECT id, state FROM runs WHERE id < :before ORDER BY id DESC LIMIT :most) AS newest
WHERE state IN ('failed', 'unknown')
ORDER BY id DESC
LIMIT :limit
