-- The first question of a day.
INSERT INTO spending (scope, day) VALUES (:scope, :day) ON CONFLICT (scope, day) DO NOTHING
