-- More slots are skipped for the same reason, right after those of this row.
UPDATE runs
SET slot_to = :slot_to, slots = slots + :slots, finished_at = :now
WHERE id = :id AND state = 'skipped' AND reason = :reason
