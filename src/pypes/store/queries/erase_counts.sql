-- `pypes rm db`: nothing is left to count.
UPDATE counts SET value = 0
