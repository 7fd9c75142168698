-- `pypes rm db`: empty the table.
/* sqlite: DELETE FROM actions */
/* postgres: TRUNCATE actions */
