-- An agent is gone, and what was said to those who posted to it.
DELETE FROM answered WHERE agent_id = :agent_id
