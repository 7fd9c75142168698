-- `pypes rm db`: empty the table.
/* sqlite: DELETE FROM schedules */
/* postgres: TRUNCATE schedules */
