-- A load begins.
INSERT INTO loads (id, touched_at) VALUES (:id, :now)
