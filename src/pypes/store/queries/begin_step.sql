-- A model is about to be asked: whoever finds this step open later knows that money may be spent.
INSERT INTO steps (run_id, position, began_at, day, tokens, nano_usd)
VALUES (:run_id, :position, :began_at, :day, :tokens, :nano_usd)
