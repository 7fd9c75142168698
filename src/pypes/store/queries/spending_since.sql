-- What models have used since a day, newest day first; the row without a name is of all agents together.
SELECT s.scope, g.name, s.day, s.tokens, s.nano_usd, s.held_tokens, s.held_nano_usd
FROM spending s
LEFT JOIN agents g ON g.id = s.scope
WHERE s.day >= :day AND s.scope = coalesce(:scope, s.scope)
ORDER BY s.day DESC, s.scope
LIMIT :limit
