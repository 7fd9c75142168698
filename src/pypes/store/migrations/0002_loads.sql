-- Many agents that were posted together: put down here piece by piece, accepted by one short commit, then saved
-- piece by piece. What was accepted is finished by whoever comes next, whatever happens to the daemon.

CREATE TABLE loads (
    id          text PRIMARY KEY,  -- the moment it began, then a random word
    accepted_at bigint,            -- null while it is put down; from then on it will be saved
    touched_at  bigint NOT NULL    -- when something was last done with it: one that stands still is taken over
);

CREATE TABLE load_agents (
    load       text NOT NULL,
    number     bigint NOT NULL,    -- the order in which they were posted
    definition text NOT NULL,      -- JSON: the agent as it was read, checked and all
    PRIMARY KEY (load, number)
);
