-- A run is born, claimed by this daemon or waiting; nothing happens if its row exists.
INSERT INTO runs (id, agent, action_id, action, type, trigger, slot, effective, state, due_at, owner, payload)
VALUES (:id, :agent, :action_id, :action, :type, :trigger, :slot, :effective, :state, :due_at, :owner, :payload)
ON CONFLICT (id) DO NOTHING
