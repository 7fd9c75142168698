-- What is set for one agent.
SELECT options FROM agents WHERE id = :id
