-- Triggers without slots whose pause has ended: no look at a slot would notice.
SELECT id FROM schedules WHERE state = 'paused' AND slot IS NULL AND until <= :now
