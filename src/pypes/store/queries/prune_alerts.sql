-- Forget whom nobody has failed for long.
DELETE FROM alerts WHERE held = 0 AND sent_at < :before
