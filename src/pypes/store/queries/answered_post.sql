-- What became of a post of inputs with this key.
SELECT digest, records, is_done, holder, touched_at FROM answered WHERE agent_id = :agent_id AND key = :key
