-- Agents that a run of another agent has created: they end with it, and spend its budget.
ALTER TABLE agents ADD COLUMN created_by text;   -- the creator's id; null: a person's

CREATE INDEX agents_created ON agents (created_by, id) WHERE created_by IS NOT NULL;
