-- What became of one agent's slots of a stretch of time, by state, among so many rows at most.
SELECT state, count(*), CAST(sum(slots) AS bigint), min(id), max(id)
FROM (SELECT id, state, slots FROM runs
      WHERE agent = :agent AND id >= :since AND id < :until ORDER BY id LIMIT :most) AS found
GROUP BY state
