-- How many runs were born between two moments, counted up to a limit: the index alone tells.
SELECT count(*) FROM (SELECT id FROM runs WHERE id >= :since AND id < :until LIMIT :most) AS found
