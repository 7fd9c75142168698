-- Hold schedules until this transaction ends. Whoever needs both holds schedules before runs, in this order.
SELECT id FROM schedules WHERE id = ANY(:ids) ORDER BY id FOR UPDATE
