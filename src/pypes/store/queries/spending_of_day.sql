-- What was used in a day, and what is held.
SELECT tokens, nano_usd, held_tokens, held_nano_usd FROM spending WHERE scope = :scope AND day = :day
/* postgres: FOR UPDATE */
