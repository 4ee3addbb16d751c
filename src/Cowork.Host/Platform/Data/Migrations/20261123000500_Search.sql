-- What the search index still has to look at: rows that are new or have changed (kind and id), and entries of the index whose
-- row is gone (kind "name" or "text" and the entry's number; nothing may name what was deleted). The triggers touch plain tables
-- only: the reference writes the rows, too, and its SQLite may know no full-text index.
CREATE TABLE search_queue (
    id INTEGER PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    item VARCHAR(64) NOT NULL
);
CREATE INDEX ix_search_queue_item ON search_queue (item);

-- Short texts, searched for any part of a word: titles, names, paths. "name" is folded (lower case, no accents).
-- Numbers are never used again: an old note must not hit a new entry.
CREATE TABLE search_names (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR(16) NOT NULL,
    item TEXT NOT NULL,
    name TEXT NOT NULL,
    -- For files: by what a change shows.
    stamp TEXT,
    UNIQUE (kind, item)
);
CREATE VIRTUAL TABLE search_names_fts USING fts5(name, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1);

-- Long texts, searched by word: messages, text files, skills. The texts themselves stay where they are.
CREATE TABLE search_texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR(16) NOT NULL,
    item TEXT NOT NULL,
    -- The conversation of a message.
    parent CHAR(32),
    UNIQUE (kind, item)
);
CREATE VIRTUAL TABLE search_texts_fts USING fts5(text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', content = '', contentless_delete = 1);

CREATE TRIGGER search_message_added AFTER INSERT ON messages BEGIN INSERT INTO search_queue (kind, item) VALUES ('message', NEW.id); END;
CREATE TRIGGER search_message_changed AFTER UPDATE OF content ON messages BEGIN INSERT INTO search_queue (kind, item) VALUES ('message', NEW.id); END;
CREATE TRIGGER search_message_removed AFTER DELETE ON messages BEGIN
    DELETE FROM search_queue WHERE item = OLD.id AND kind = 'message';
    INSERT INTO search_queue (kind, item) SELECT 'text', id FROM search_texts WHERE kind = 'message' AND item = OLD.id;
    DELETE FROM search_texts WHERE kind = 'message' AND item = OLD.id;
END;
CREATE TRIGGER search_task_added AFTER INSERT ON conversations BEGIN INSERT INTO search_queue (kind, item) VALUES ('task', NEW.id); END;
CREATE TRIGGER search_task_changed AFTER UPDATE OF topic, project_id ON conversations BEGIN INSERT INTO search_queue (kind, item) VALUES ('task', NEW.id); END;
CREATE TRIGGER search_task_removed AFTER DELETE ON conversations BEGIN
    DELETE FROM search_queue WHERE item = OLD.id AND kind = 'task';
    INSERT INTO search_queue (kind, item) SELECT 'name', id FROM search_names WHERE kind = 'task' AND item = OLD.id;
    DELETE FROM search_names WHERE kind = 'task' AND item = OLD.id;
END;
CREATE TRIGGER search_schedule_added AFTER INSERT ON schedules BEGIN INSERT INTO search_queue (kind, item) VALUES ('schedule', NEW.id); END;
CREATE TRIGGER search_schedule_changed AFTER UPDATE OF title, prompt ON schedules BEGIN INSERT INTO search_queue (kind, item) VALUES ('schedule', NEW.id); END;
CREATE TRIGGER search_schedule_removed AFTER DELETE ON schedules BEGIN
    DELETE FROM search_queue WHERE item = OLD.id AND kind = 'schedule';
    INSERT INTO search_queue (kind, item) SELECT 'name', id FROM search_names WHERE kind = 'schedule' AND item = OLD.id;
    DELETE FROM search_names WHERE kind = 'schedule' AND item = OLD.id;
END;
CREATE TRIGGER search_pin_added AFTER INSERT ON pins BEGIN INSERT INTO search_queue (kind, item) VALUES ('pin', NEW.id); END;
CREATE TRIGGER search_pin_changed AFTER UPDATE OF title ON pins BEGIN INSERT INTO search_queue (kind, item) VALUES ('pin', NEW.id); END;
CREATE TRIGGER search_pin_removed AFTER DELETE ON pins BEGIN
    DELETE FROM search_queue WHERE item = OLD.id AND kind = 'pin';
    INSERT INTO search_queue (kind, item) SELECT 'name', id FROM search_names WHERE kind = 'pin' AND item = OLD.id;
    DELETE FROM search_names WHERE kind = 'pin' AND item = OLD.id;
END;
CREATE TRIGGER search_skill_added AFTER INSERT ON skills BEGIN INSERT INTO search_queue (kind, item) VALUES ('skill', NEW.id); END;
CREATE TRIGGER search_skill_changed AFTER UPDATE OF label, name, description, when_to_use, instructions ON skills BEGIN INSERT INTO search_queue (kind, item) VALUES ('skill', NEW.id); END;
CREATE TRIGGER search_skill_removed AFTER DELETE ON skills BEGIN
    DELETE FROM search_queue WHERE item = OLD.id AND kind = 'skill';
    INSERT INTO search_queue (kind, item) SELECT 'name', id FROM search_names WHERE kind = 'skill' AND item = OLD.id;
    DELETE FROM search_names WHERE kind = 'skill' AND item = OLD.id;
    INSERT INTO search_queue (kind, item) SELECT 'text', id FROM search_texts WHERE kind = 'skill' AND item = OLD.id;
    DELETE FROM search_texts WHERE kind = 'skill' AND item = OLD.id;
END;
CREATE TRIGGER search_project_added AFTER INSERT ON projects BEGIN INSERT INTO search_queue (kind, item) VALUES ('project', NEW.id); END;
CREATE TRIGGER search_project_changed AFTER UPDATE OF name, path ON projects BEGIN
    INSERT INTO search_queue (kind, item) VALUES ('project', NEW.id);
    INSERT INTO search_queue (kind, item) SELECT 'task', id FROM conversations WHERE project_id = NEW.id;
END;
-- With its files and artifacts, whose items begin with its id and a slash ('0' follows '/').
CREATE TRIGGER search_project_removed AFTER DELETE ON projects BEGIN
    DELETE FROM search_queue WHERE item = OLD.id AND kind = 'project';
    INSERT INTO search_queue (kind, item) SELECT 'name', id FROM search_names WHERE kind = 'project' AND item = OLD.id;
    DELETE FROM search_names WHERE kind = 'project' AND item = OLD.id;
    INSERT INTO search_queue (kind, item) SELECT 'name', id FROM search_names WHERE kind IN ('file', 'artifact') AND item >= OLD.id || '/' AND item < OLD.id || '0';
    DELETE FROM search_names WHERE kind IN ('file', 'artifact') AND item >= OLD.id || '/' AND item < OLD.id || '0';
    INSERT INTO search_queue (kind, item) SELECT 'text', id FROM search_texts WHERE kind = 'file' AND item >= OLD.id || '/' AND item < OLD.id || '0';
    DELETE FROM search_texts WHERE kind = 'file' AND item >= OLD.id || '/' AND item < OLD.id || '0';
END;

-- What is there already is indexed in the background after the start: titles first, because there are few of them.
INSERT INTO search_queue (kind, item) SELECT 'project', id FROM projects ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'schedule', id FROM schedules ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'pin', id FROM pins ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'skill', id FROM skills ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'task', id FROM conversations ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'message', id FROM messages ORDER BY rowid;
