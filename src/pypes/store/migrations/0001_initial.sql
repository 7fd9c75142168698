-- Types that SQLite and PostgreSQL both have: text ids, moments as integer microseconds UTC, JSON as text.
-- Tables whose rows may be large keep their rowid: without one, SQLite reads a whole row to compare its key.

CREATE TABLE agents (
    id         text PRIMARY KEY,   -- given when the agent is created, never reused; sorts by creation
    name       text NOT NULL UNIQUE,
    options    text NOT NULL,      -- JSON object
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE actions (
    id         text PRIMARY KEY,   -- the agent's id and the action's identity: the same words, the same id
    agent_id   text NOT NULL,
    position   integer NOT NULL,   -- its index in the agent's `actions`; -1 for its `on_failure`
    type       text NOT NULL,      -- webhook, cron …, or unrecognized: a label
    definition text NOT NULL,      -- the JSON as it was typed, or the label's text
    ended_at   bigint              -- set when it left its agent; kept while runs refer to it
);
CREATE INDEX actions_of_agent ON actions (agent_id, position) WHERE ended_at IS NULL;
CREATE INDEX actions_at_reboot ON actions (id) WHERE type = 'reboot' AND ended_at IS NULL;
CREATE INDEX actions_ended ON actions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE inputs (
    agent_id text NOT NULL,
    id       text NOT NULL,        -- sorts by arrival
    value    text NOT NULL,        -- JSON
    PRIMARY KEY (agent_id, id)
);

-- The remembered next slot of one timed trigger; its id is the action's.
CREATE TABLE schedules (
    id       text PRIMARY KEY,
    agent_id text NOT NULL,
    slot     bigint,               -- the next nominal instant; null once finished
    next_at  bigint,               -- when it will really run: the slot plus its spread
    look_at  bigint,               -- when the scheduler looks at it: ahead of next_at, or at it while a run is open
    state    text NOT NULL,        -- active | paused | finished
    note     text,                 -- why it is paused
    until    bigint,               -- when the pause ends by itself
    overlaps integer NOT NULL DEFAULT 0,  -- 1: its next slot may be claimed while a run of it is open
    remaining integer,             -- how often it may still fire; null without limit
    failures integer NOT NULL DEFAULT 0,  -- in a row, counted where `pause_after` asks for it
    last_run text,                 -- id of the newest run that was born of it
    skip_run text                  -- id of the skipped row that its next slot would continue
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX schedules_to_look_at ON schedules (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX schedules_to_look_at_exactly ON schedules (look_at) WHERE look_at = next_at;
CREATE INDEX schedules_not_active ON schedules (state, id) WHERE state <> 'active';

-- The ledger: one row for each slot, input or manual request, or for adjacent slots skipped for one reason.
CREATE TABLE runs (
    id          text PRIMARY KEY,  -- the moment in hex, then a digest: sorts by time
    agent       text NOT NULL,     -- the agent's name, kept when the agent is gone
    action_id   text NOT NULL,
    action      integer NOT NULL,  -- its index when the run was born
    type        text NOT NULL,     -- the step's
    trigger     text NOT NULL,     -- cron | every | at | reboot | input | manual | backfill
    slot        bigint NOT NULL,   -- nominal instant; of a manual run the moment of the request
    effective   bigint NOT NULL,   -- slot plus spread: never started before
    slot_to     bigint,            -- last slot of a row that covers several skipped ones
    slots       bigint NOT NULL DEFAULT 1,   -- how many slots the row covers
    state       text NOT NULL,     -- waiting | running | succeeded | failed | cancelled | skipped | unknown
    reason      text,
    due_at      bigint,            -- null while it waits in line behind an open run of its schedule
    owner       text,              -- the daemon that holds or held it
    attempt     integer NOT NULL DEFAULT 0,   -- attempts made
    payload     text,              -- JSON sent in place of the step's own: a manual run's
    crashes     integer NOT NULL DEFAULT 0,   -- how often its holder died
    started_at  bigint,
    finished_at bigint,
    attempts    text NOT NULL DEFAULT '[]'    -- JSON array: each with its answer and timing
);
CREATE INDEX runs_of_agent ON runs (agent, id);
CREATE INDEX runs_open ON runs (action_id) WHERE state IN ('waiting', 'running');
CREATE INDEX runs_in_line ON runs (action_id) WHERE state = 'waiting' AND due_at IS NULL;
CREATE INDEX runs_waiting ON runs (due_at) WHERE state = 'waiting' AND due_at IS NOT NULL;

-- What an agent's `on_failure` was told of each action: at most one alert a minute, with a count.
CREATE TABLE alerts (
    action_id text PRIMARY KEY,
    agent     text NOT NULL,
    sent_at   bigint NOT NULL,
    held      integer NOT NULL,    -- failures since, that nobody was told of
    payload   text NOT NULL        -- JSON: the newest of them
);
CREATE INDEX alerts_held ON alerts (sent_at) WHERE held > 0;

-- Figures that must never cost a scan.
CREATE TABLE counts (
    name  text PRIMARY KEY,        -- agents | schedules (active ones) | runs
    value bigint NOT NULL
);
INSERT INTO counts (name, value) VALUES ('agents', 0), ('schedules', 0), ('runs', 0);
