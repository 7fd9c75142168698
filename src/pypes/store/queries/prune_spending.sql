-- Forget the spending of days long past.
DELETE FROM spending WHERE day < :day
