-- When somebody was last told of an action's failures, and how many were held back since.
SELECT action_id, agent, sent_at, held, payload FROM alerts WHERE action_id = :action_id
/* postgres: FOR UPDATE */
