-- Which migrations were applied, and for whom.
SELECT version, oldest FROM pypes_schema
