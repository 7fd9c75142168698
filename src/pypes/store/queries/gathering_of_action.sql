-- What an on_input trigger has gathered so far.
SELECT action_id, first_at, due_at, first_id, size, value FROM gatherings WHERE action_id = :action_id
