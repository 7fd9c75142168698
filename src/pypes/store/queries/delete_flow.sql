-- An on_input trigger has left its agent.
DELETE FROM flows WHERE action_id = :action_id
