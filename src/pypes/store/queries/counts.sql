-- The kept figures.
SELECT name, value FROM counts
