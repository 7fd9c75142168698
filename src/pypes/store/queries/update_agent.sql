-- Replace what an agent is, but for its actions and inputs.
UPDATE agents SET options = :options, updated_at = :now, created_by = :created_by WHERE id = :id
