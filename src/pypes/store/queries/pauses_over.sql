-- Triggers without slots whose pause has ended: no look at a slot would notice. (It names the condition of the index
-- of those that are not active, so that the index is used.)
SELECT id FROM schedules WHERE state = 'paused' AND state <> 'active' AND slot IS NULL AND until <= :now
