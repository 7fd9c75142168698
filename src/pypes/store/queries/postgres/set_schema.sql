-- All migrations up to this one were applied.
UPDATE pypes_schema SET version = :version, oldest = :oldest
