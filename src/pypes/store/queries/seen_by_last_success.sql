-- The newest input that the last successful run of an action could see; of a run that did not look, when it started.
SELECT r.started_at, i.seen FROM runs r
LEFT JOIN run_inputs i ON i.run_id = r.id
WHERE r.agent = :agent AND r.action_id = :action_id AND r.state = 'succeeded'
ORDER BY r.id DESC
LIMIT 1
