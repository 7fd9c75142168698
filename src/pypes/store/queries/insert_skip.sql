-- Slots that will not run, with the reason; nothing happens if the first one's row exists.
INSERT INTO runs (id, agent, action_id, action, type, trigger, slot, effective, slot_to, slots,
                  state, reason, finished_at)
VALUES (:id, :agent, :action_id, :action, :type, :trigger, :slot, :slot, :slot_to, :slots,
        'skipped', :reason, :now)
ON CONFLICT (id) DO NOTHING
