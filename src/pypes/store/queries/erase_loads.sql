-- No load is left.
DELETE FROM loads
