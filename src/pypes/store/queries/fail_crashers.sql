-- Runs that were open in too many crashes are not taken again.
UPDATE runs
SET state = 'failed', reason = 'the daemon died while running it', finished_at = :now
WHERE state = 'running' AND owner <> :owner AND due_at <= :now AND crashes >= :crashes - 1
  AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = runs.owner)
RETURNING action_id
