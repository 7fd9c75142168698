-- Whether this schema is a store already, and how many tables it has.
SELECT count(*) FILTER (WHERE table_name = 'pypes_schema'), count(*)
FROM information_schema.tables
WHERE table_schema = current_schema()
