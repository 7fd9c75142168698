-- One agent of a load is put down.
INSERT INTO load_agents (load, number, definition) VALUES (:load, :number, :definition)
