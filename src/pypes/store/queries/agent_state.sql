-- What an agent remembers.
SELECT value FROM states WHERE agent_id = :agent_id
