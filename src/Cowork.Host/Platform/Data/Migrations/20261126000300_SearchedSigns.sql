-- Texts are put into the search index in another way. All of it is indexed once more in the background after the start; until then
-- what is there already is found as before. Files and artifacts are read again when their stamp is another.
DELETE FROM search_queue WHERE kind NOT IN ('name', 'text');
INSERT INTO search_queue (kind, item) SELECT 'project', id FROM projects ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'schedule', id FROM schedules ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'pin', id FROM pins ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'skill', id FROM skills ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'task', id FROM conversations ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'message', id FROM messages ORDER BY rowid;
UPDATE search_names SET stamp = NULL WHERE kind IN ('file', 'artifact');
