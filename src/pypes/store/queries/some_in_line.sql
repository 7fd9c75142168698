-- Whether any run at all waits in line behind others: nearly never.
SELECT 1 FROM runs WHERE state = 'waiting' AND due_at IS NULL LIMIT 1
