-- `pypes rm db`: empty the table.
DELETE FROM run_inputs
