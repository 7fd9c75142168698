-- `pypes rm db`: empty the table.
/* sqlite: DELETE FROM agents */
/* postgres: TRUNCATE agents */
