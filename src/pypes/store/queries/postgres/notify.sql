-- Others may look at once, instead of within a second.
SELECT pg_notify('pypes', '')
