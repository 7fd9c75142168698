-- Forget an agent; its runs stay in the ledger under its name.
DELETE FROM agents WHERE id = :id
