-- Schedules ahead of whose next slot a run is still open are looked at again at that slot: a claim would skip it.
UPDATE schedules
SET look_at = next_at
WHERE look_at <= :soon AND look_at < next_at AND next_at > :now AND state = 'active' AND overlaps = 0
  AND EXISTS (SELECT 1 FROM runs r WHERE r.action_id = schedules.id AND r.state IN ('waiting', 'running'))
