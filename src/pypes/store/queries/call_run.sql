-- The next run in line may be taken.
UPDATE runs SET due_at = :due_at WHERE id = :id AND state = 'waiting' AND due_at IS NULL
