-- The holders of these runs are dead: they are taken again, at once or at their slot. What somebody holds this very
-- moment is left for the next round: a daemon that stands still in the middle of a transaction must not stop the others.
UPDATE runs
SET state = 'waiting', crashes = crashes + CASE WHEN due_at <= :now THEN 1 ELSE 0 END
WHERE id IN (SELECT r.id FROM runs r
             WHERE r.state = 'running' AND r.owner <> :owner
               AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = r.owner)
             /* postgres: FOR UPDATE SKIP LOCKED */)
