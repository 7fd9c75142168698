-- What did not go well, or not at all, is looked for among millions of runs that did.
CREATE INDEX runs_troubled ON runs (id) WHERE state IN ('failed', 'cancelled', 'unknown', 'skipped');
