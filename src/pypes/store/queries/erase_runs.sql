-- `pypes rm db`: empty the table.
/* sqlite: DELETE FROM runs */
/* postgres: TRUNCATE runs */
