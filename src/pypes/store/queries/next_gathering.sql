-- When something was gathered for long enough.
SELECT min(due_at) FROM gatherings
