-- Somebody is told now: the count starts over.
INSERT INTO alerts (action_id, agent, sent_at, held, payload)
VALUES (:action_id, :agent, :now, 0, :payload)
ON CONFLICT (action_id) DO UPDATE SET sent_at = excluded.sent_at, held = 0, payload = excluded.payload
