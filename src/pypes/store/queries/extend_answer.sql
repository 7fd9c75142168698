-- A stream has stored more; 0 when another one has taken over.
UPDATE answered SET digest = :digest, records = :records, is_done = :is_done, touched_at = :now
WHERE agent_id = :agent_id AND key = :key AND is_done = 0 AND holder = :holder
