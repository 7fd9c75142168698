-- A question may use so much: it is held until it is known what it did use.
UPDATE spending
SET held_tokens = held_tokens + :tokens, held_nano_usd = held_nano_usd + :nano_usd
WHERE scope = :scope AND day = :day
