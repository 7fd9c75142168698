-- One more failure within the minute: only counted.
UPDATE alerts SET held = held + 1, payload = :payload WHERE action_id = :action_id
