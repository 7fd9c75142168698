-- Forget what runs knew that are older than the whole ledger.
DELETE FROM run_inputs
WHERE run_id IN (SELECT run_id FROM run_inputs
                 WHERE run_id < coalesce((SELECT min(id) FROM runs), :last)
                 ORDER BY run_id
                 LIMIT :limit)
