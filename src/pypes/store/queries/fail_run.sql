-- A waiting run has no chance left.
UPDATE runs SET state = 'failed', reason = :reason, finished_at = :now WHERE id = :id AND state = 'waiting'
