-- Replace what an agent is, but for its actions and inputs.
UPDATE agents SET options = :options, updated_at = :now WHERE id = :id
