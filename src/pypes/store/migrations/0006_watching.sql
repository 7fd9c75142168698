-- What people watch. The end of a run lies close to the moment in its id for all but a few runs: only those
-- few are indexed by their end, so that an ordinary fire writes nothing here.
CREATE INDEX runs_ended_late ON runs (finished_at) WHERE finished_at > slot + 5000000;

CREATE INDEX agents_by_change ON agents (updated_at, id);

-- Agents that were removed lately: who watches is told, and a resumed watcher too.
CREATE TABLE departures (
    name        text PRIMARY KEY,
    departed_at bigint NOT NULL
);
CREATE INDEX departures_by_moment ON departures (departed_at);
