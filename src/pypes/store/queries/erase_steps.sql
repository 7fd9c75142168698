-- `pypes rm db`: empty the table.
DELETE FROM steps
