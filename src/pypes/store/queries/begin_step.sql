-- A model is about to be asked: whoever finds this step open later knows that money may be spent.
INSERT INTO steps (run_id, position, began_at, day, tokens, nano_usd)
VALUES (:run_id, :position, :began_at, :day, :tokens, :nano_usd)
ON CONFLICT (run_id, position) DO UPDATE
SET began_at = excluded.began_at, output = NULL, state = NULL, words = NULL, day = excluded.day,
    tokens = excluded.tokens, nano_usd = excluded.nano_usd
