-- What did not go well, or not at all, is looked for among millions of runs that did. (Not IN: of more than two
-- values SQLite makes a table, each time it asks whether a row belongs here, which is twice in each fire.)
CREATE INDEX runs_troubled ON runs (id) WHERE state = 'failed' OR state = 'cancelled' OR state = 'unknown' OR state = 'skipped';
