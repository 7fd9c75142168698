-- A store without any table yet.
INSERT INTO pypes_schema (id, version, oldest) VALUES (1, 0, 0) ON CONFLICT (id) DO NOTHING
