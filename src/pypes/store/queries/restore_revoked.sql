-- A run that was skipped ahead of its slot runs after all: its trigger is back before that.
UPDATE runs
SET state = 'waiting', reason = NULL, finished_at = NULL
WHERE id = :id AND state = 'skipped' AND reason IN ('paused', 'replaced') AND due_at > :now
