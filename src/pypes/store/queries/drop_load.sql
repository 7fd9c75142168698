-- A load that was never accepted is given up.
DELETE FROM loads WHERE id = :id AND accepted_at IS NULL
