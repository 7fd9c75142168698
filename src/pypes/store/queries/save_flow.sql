-- An on_input trigger has moved on.
INSERT INTO flows (action_id, moment, free_at) VALUES (:action_id, :moment, :free_at)
ON CONFLICT (action_id) DO UPDATE SET moment = excluded.moment, free_at = excluded.free_at
