-- How many runs are open, and how many of them under way; counted up to a limit.
SELECT count(*), coalesce(sum(CASE WHEN state = 'running' AND due_at <= :now THEN 1 ELSE 0 END), 0)
FROM (SELECT state, due_at FROM runs WHERE state IN ('waiting', 'running') LIMIT :most) AS opened
