-- The columns of every table.
SELECT c.table_name::text, c.column_name::text
FROM information_schema.columns c
WHERE c.table_schema = current_schema()
ORDER BY c.table_name, c.ordinal_position
