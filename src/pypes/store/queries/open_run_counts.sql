-- How many runs are open, by state.
SELECT state, count(*) FROM runs WHERE state IN ('waiting', 'running') GROUP BY state
