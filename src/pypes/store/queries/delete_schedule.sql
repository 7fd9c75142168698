-- A timed trigger left its agent.
DELETE FROM schedules WHERE id = :id
