-- `pypes rm db`: empty the table.
/* sqlite: DELETE FROM alerts */
/* postgres: TRUNCATE alerts */
