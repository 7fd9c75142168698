-- The agent whose budget an agent spends, and its options: its own, or those of its creator.
SELECT payer.id, payer.options
FROM agents a
JOIN agents payer ON payer.id = coalesce(a.created_by, a.id)
WHERE a.id = :id
