-- Nothing that was put down is left.
DELETE FROM load_agents
