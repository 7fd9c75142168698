-- What became of the slots of a stretch of time, by state, among so many rows at most, the oldest first.
SELECT state, count(*), CAST(sum(slots) AS bigint), min(id), max(id)
FROM (SELECT id, state, slots FROM runs WHERE id >= :since AND id < :until ORDER BY id LIMIT :most) AS found
GROUP BY state
