-- Runs that were open in too many crashes are not taken again; those that somebody holds wait for the next round.
UPDATE runs
SET state = 'failed', reason = 'the daemon died while running it', finished_at = :now
WHERE id IN (SELECT r.id FROM runs r
             WHERE r.state = 'running' AND r.owner <> :owner AND r.due_at <= :now
               AND (r.crashes >= :unsent - 1 OR (r.started_at IS NOT NULL AND r.crashes >= :crashes - 1))
               AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = r.owner)
             /* postgres: FOR UPDATE SKIP LOCKED */)
RETURNING action_id
