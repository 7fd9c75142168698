-- What a question has used takes the place of what was held for it.
UPDATE spending
SET held_tokens = held_tokens - :held_tokens, held_nano_usd = held_nano_usd - :held_nano_usd,
    tokens = tokens + :tokens, nano_usd = nano_usd + :nano_usd
WHERE scope = :scope AND day = :day
