-- The newest row of an action's own trigger that begins at or before a slot: the one that covers it, if any does.
SELECT id, agent, action, type, trigger, slot, effective, slot_to, slots, state, reason, due_at, owner, attempt,
       started_at, finished_at, attempts
FROM runs
WHERE agent = :agent AND action_id = :action_id AND id <= :bound
  AND trigger IN ('cron', 'every', 'at', 'reboot', 'input')
ORDER BY id DESC
LIMIT 1
