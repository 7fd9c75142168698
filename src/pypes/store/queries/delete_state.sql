-- An agent remembers nothing any more.
DELETE FROM states WHERE agent_id = :agent_id
