-- When a schedule wants a look at its very slot, because a run of it is open.
SELECT min(look_at) FROM schedules WHERE look_at = next_at
