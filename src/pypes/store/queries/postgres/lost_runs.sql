-- Of the runs that a daemon believes to hold, those that it does not, and where they stand.
SELECT id, state FROM runs WHERE id = ANY(:ids) AND (state <> 'running' OR owner <> :owner)
