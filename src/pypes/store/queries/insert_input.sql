-- One input of an agent.
INSERT INTO inputs (agent_id, id, value) VALUES (:agent_id, :id, :value)
