-- Inputs have set a trigger off, or were let pass: its newest run, and the row that further skips would continue.
UPDATE schedules SET last_run = coalesce(:last_run, last_run), skip_run = :skip_run WHERE id = :id
