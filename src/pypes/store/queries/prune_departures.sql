-- Forget who was removed long ago.
DELETE FROM departures WHERE departed_at < :before
