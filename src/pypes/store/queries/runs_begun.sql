-- Runs that are under way, among so many open ones at most.
SELECT id, attempt
FROM (SELECT id, attempt, state, due_at FROM runs WHERE state IN ('waiting', 'running') LIMIT :most) AS opened
WHERE state = 'running' AND due_at <= :now
LIMIT :limit
