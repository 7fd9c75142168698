-- `pypes rm db`: empty the table.
/* sqlite: DELETE FROM inputs */
/* postgres: TRUNCATE inputs */
