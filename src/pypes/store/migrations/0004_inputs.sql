-- What runs know of inputs, what on_input gathers, and which posts of inputs were answered.

-- Kept apart from the ledger: most runs know nothing of inputs.
CREATE TABLE run_inputs (
    run_id text PRIMARY KEY,
    value  text,                   -- JSON array: the inputs that the run is about, oldest first; kept when they are pruned
    seen   text                    -- id of the newest input that its templates could see: the next run's `since_last` begins behind it
) /* sqlite: WITHOUT ROWID */;

CREATE INDEX actions_on_input ON actions (agent_id) WHERE type = 'on_input' AND ended_at IS NULL;

-- Where an on_input trigger stands: its last run's moment, and when its throttle is free again.
CREATE TABLE flows (
    action_id text PRIMARY KEY,
    moment    bigint NOT NULL,     -- of the newest run: the next one's is later, so that ids follow the inputs
    free_at   bigint NOT NULL      -- the theoretical arrival time of GCRA (ITU-T I.371): when all that was let through is used up
);

-- Inputs that wait to be one run: a debounce that has not calmed down, a batch that is not full.
CREATE TABLE gatherings (
    action_id text PRIMARY KEY,
    first_at  bigint NOT NULL,     -- arrival of the first of them
    due_at    bigint NOT NULL,     -- when they become a run, if nothing more comes
    first_id  text NOT NULL,       -- the first input's id: names the run
    size      integer NOT NULL,    -- how many came
    value     text NOT NULL        -- JSON array of them
);
CREATE INDEX gatherings_due ON gatherings (due_at);

-- Answers to posts of inputs that carried an Idempotency-Key, kept for a day.
CREATE TABLE answered (
    agent_id   text NOT NULL,
    key        text NOT NULL,
    digest     text NOT NULL,      -- of what was stored so far
    records    bigint NOT NULL,    -- how many inputs that is
    is_done    integer NOT NULL,   -- 0 while the stream is under way
    holder     text NOT NULL,      -- the stream that may continue it
    touched_at bigint NOT NULL,
    PRIMARY KEY (agent_id, key)
);
CREATE INDEX answered_when ON answered (touched_at);
