-- A trigger of an agent was paused or resumed: the agent has changed.
UPDATE agents SET updated_at = :now WHERE id = (SELECT agent_id FROM actions WHERE id = :action_id)
