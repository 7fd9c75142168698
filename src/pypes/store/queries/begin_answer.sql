-- A post of inputs with a key begins; nothing happens if there was one.
INSERT INTO answered (agent_id, key, digest, records, is_done, holder, touched_at)
VALUES (:agent_id, :key, '', 0, 0, :holder, :now)
ON CONFLICT (agent_id, key) DO NOTHING
