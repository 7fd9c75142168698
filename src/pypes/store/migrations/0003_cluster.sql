-- The daemons that use this store: each says again and again that it is there.
CREATE TABLE nodes (
    id         text PRIMARY KEY,   -- the name under which it holds runs: new with every start
    place      text NOT NULL,      -- its machine and home: whoever owns that home now has proof that the last one is dead
    version    text NOT NULL,
    started_at bigint NOT NULL,
    seen_at    bigint NOT NULL,    -- its newest heartbeat
    expires_at bigint,             -- when its lease ends; null where a lock on a file proves that it lives
    draining   integer NOT NULL DEFAULT 0,   -- 1: it claims nothing more
    held       integer NOT NULL DEFAULT 0,   -- runs that it holds
    seats      integer NOT NULL,   -- how many it may hold
    rate       integer NOT NULL DEFAULT 0,   -- runs that it started in the minute before its heartbeat
    ahead      bigint NOT NULL DEFAULT 0     -- how far its machine's clock is ahead of the database's, microseconds
);
