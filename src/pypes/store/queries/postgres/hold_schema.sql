-- The same, held until this transaction ends: one daemon migrates, the others wait.
SELECT version, oldest FROM pypes_schema FOR UPDATE
