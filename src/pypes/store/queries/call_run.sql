-- The next run in line may be taken.
UPDATE runs SET due_at = CASE WHEN effective > :due_at THEN effective ELSE :due_at END WHERE id = :id AND state = 'waiting' AND due_at IS NULL
