-- Forget the inputs of an agent that came before a moment (`before` is that moment's id).
DELETE FROM inputs WHERE agent_id = :agent_id AND id < :before
