-- What was gathered is a run now, or will be none.
DELETE FROM gatherings WHERE action_id = :action_id
