-- A post that broke off is continued by another stream.
UPDATE answered SET holder = :holder, touched_at = :now
WHERE agent_id = :agent_id AND key = :key AND is_done = 0 AND holder = :before
