-- What was under way in a run is over, or given up: what it held of budgets.
DELETE FROM steps WHERE run_id = :run_id AND output IS NULL RETURNING day, tokens, nano_usd
