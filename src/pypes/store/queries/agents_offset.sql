-- A page of agents by number: slow far in, offered because clients know it.
SELECT id, name, options, created_at, created_by FROM agents ORDER BY name LIMIT :limit OFFSET :offset
