-- The one row that says which migrations were applied.
CREATE TABLE IF NOT EXISTS pypes_schema (
    id      integer PRIMARY KEY,
    version integer NOT NULL,      -- the newest migration
    oldest  integer NOT NULL       -- the oldest version that may use the store as it is
)
