-- A daemon shall claim nothing more, or may claim again.
UPDATE nodes SET draining = :draining WHERE id = :id
