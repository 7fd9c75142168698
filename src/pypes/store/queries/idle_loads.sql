-- The loads that nobody has touched since a moment.
SELECT id, accepted_at FROM loads WHERE touched_at <= :before ORDER BY id
