-- What runs of several steps have done so far, what models have used, and what agents remember.

-- A step of a run: written before a model is asked, and after each step that later ones may refer to.
CREATE TABLE steps (
    run_id   text NOT NULL,
    position integer NOT NULL,     -- its index among the run's steps
    began_at bigint NOT NULL,
    output   text,                 -- JSON, `previous` of the next step; null while it has not succeeded
    state    text,                 -- JSON that replaces the agent's state if the run succeeds
    words    text,                 -- digest of the step as it was written when it gave its output
    day      bigint,               -- the day, since 1970 in UTC, of whose budgets it holds something; null: none
    tokens   bigint NOT NULL DEFAULT 0,    -- held while it is under way
    nano_usd bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, position)
);

-- What models have used in a day, and what questions under way may still use.
CREATE TABLE spending (
    scope         text NOT NULL,   -- an agent's id; empty: all agents together
    day           bigint NOT NULL,
    tokens        bigint NOT NULL DEFAULT 0,
    nano_usd      bigint NOT NULL DEFAULT 0,
    held_tokens   bigint NOT NULL DEFAULT 0,
    held_nano_usd bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, day)
);

-- What an agent remembers from one run to the next.
CREATE TABLE states (
    agent_id   text PRIMARY KEY,
    value      text NOT NULL,      -- JSON, at most 64 KB
    updated_at bigint NOT NULL
);
