-- The last open run of a schedule is over: its next slot may be claimed ahead again.
UPDATE schedules
SET look_at = next_at - :ahead
WHERE id = :id AND state = 'active' AND look_at > next_at - :ahead
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.action_id = schedules.id AND r.state IN ('waiting', 'running'))
