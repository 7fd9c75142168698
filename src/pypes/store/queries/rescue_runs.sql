-- The holders of these runs are dead: they are taken again, at once or at their slot.
UPDATE runs
SET state = 'waiting', crashes = crashes + CASE WHEN due_at <= :now THEN 1 ELSE 0 END
WHERE state = 'running' AND owner <> :owner AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = runs.owner)
