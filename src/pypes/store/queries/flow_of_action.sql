-- Where an on_input trigger stands.
SELECT moment, free_at FROM flows WHERE action_id = :action_id
