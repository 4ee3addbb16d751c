-- Rows that the search index has to look at again. The triggers touch this plain table only: the reference writes the tables too,
-- and its SQLite may know no full-text index. The server moves what is noted here into the index.
CREATE TABLE search_queue (
    id INTEGER PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    item VARCHAR(64) NOT NULL
);

-- Short texts, searched for any part of a word: titles, names, paths. "name" is folded (lower case, no accents).
CREATE TABLE search_names (
    id INTEGER PRIMARY KEY,
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
    id INTEGER PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    item TEXT NOT NULL,
    -- The conversation of a message.
    parent CHAR(32),
    UNIQUE (kind, item)
);
CREATE VIRTUAL TABLE search_texts_fts USING fts5(text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', content = '', contentless_delete = 1);

CREATE TRIGGER search_message_added AFTER INSERT ON messages BEGIN INSERT INTO search_queue (kind, item) VALUES ('message', NEW.id); END;
CREATE TRIGGER search_message_changed AFTER UPDATE OF content ON messages BEGIN INSERT INTO search_queue (kind, item) VALUES ('message', NEW.id); END;
CREATE TRIGGER search_message_removed AFTER DELETE ON messages BEGIN INSERT INTO search_queue (kind, item) VALUES ('message', OLD.id); END;
CREATE TRIGGER search_conversation_added AFTER INSERT ON conversations BEGIN INSERT INTO search_queue (kind, item) VALUES ('task', NEW.id); END;
CREATE TRIGGER search_conversation_changed AFTER UPDATE OF topic, project_id ON conversations BEGIN INSERT INTO search_queue (kind, item) VALUES ('task', NEW.id); END;
CREATE TRIGGER search_conversation_removed AFTER DELETE ON conversations BEGIN INSERT INTO search_queue (kind, item) VALUES ('task', OLD.id); END;
CREATE TRIGGER search_project_added AFTER INSERT ON projects BEGIN INSERT INTO search_queue (kind, item) VALUES ('project', NEW.id); END;
CREATE TRIGGER search_project_changed AFTER UPDATE OF name, path ON projects BEGIN
    INSERT INTO search_queue (kind, item) VALUES ('project', NEW.id);
    INSERT INTO search_queue (kind, item) SELECT 'task', id FROM conversations WHERE project_id = NEW.id;
END;
CREATE TRIGGER search_project_removed AFTER DELETE ON projects BEGIN INSERT INTO search_queue (kind, item) VALUES ('project', OLD.id); END;
CREATE TRIGGER search_schedule_added AFTER INSERT ON schedules BEGIN INSERT INTO search_queue (kind, item) VALUES ('schedule', NEW.id); END;
CREATE TRIGGER search_schedule_changed AFTER UPDATE OF title, prompt ON schedules BEGIN INSERT INTO search_queue (kind, item) VALUES ('schedule', NEW.id); END;
CREATE TRIGGER search_schedule_removed AFTER DELETE ON schedules BEGIN INSERT INTO search_queue (kind, item) VALUES ('schedule', OLD.id); END;
CREATE TRIGGER search_pin_added AFTER INSERT ON pins BEGIN INSERT INTO search_queue (kind, item) VALUES ('pin', NEW.id); END;
CREATE TRIGGER search_pin_changed AFTER UPDATE OF title ON pins BEGIN INSERT INTO search_queue (kind, item) VALUES ('pin', NEW.id); END;
CREATE TRIGGER search_pin_removed AFTER DELETE ON pins BEGIN INSERT INTO search_queue (kind, item) VALUES ('pin', OLD.id); END;
CREATE TRIGGER search_skill_added AFTER INSERT ON skills BEGIN INSERT INTO search_queue (kind, item) VALUES ('skill', NEW.id); END;
CREATE TRIGGER search_skill_changed AFTER UPDATE OF label, name, description, when_to_use, instructions ON skills BEGIN INSERT INTO search_queue (kind, item) VALUES ('skill', NEW.id); END;
CREATE TRIGGER search_skill_removed AFTER DELETE ON skills BEGIN INSERT INTO search_queue (kind, item) VALUES ('skill', OLD.id); END;

-- What is there already is indexed in the background after the start: titles first, because there are few of them.
INSERT INTO search_queue (kind, item) SELECT 'project', id FROM projects ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'schedule', id FROM schedules ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'pin', id FROM pins ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'skill', id FROM skills ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'task', id FROM conversations ORDER BY rowid;
INSERT INTO search_queue (kind, item) SELECT 'message', id FROM messages ORDER BY rowid;
