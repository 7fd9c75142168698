-- One more failure in a row, or none any more.
UPDATE schedules
SET failures = CASE WHEN :failed = 1 THEN failures + 1 ELSE 0 END
WHERE id = :id
RETURNING failures
