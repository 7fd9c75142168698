-- A timed trigger gets its first slot.
INSERT INTO schedules (id, agent_id, slot, next_at, look_at, state, overlaps, remaining)
VALUES (:id, :agent_id, :slot, :next_at, :look_at, :state, :overlaps, :remaining)
