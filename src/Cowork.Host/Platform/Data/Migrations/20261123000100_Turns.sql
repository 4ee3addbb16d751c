-- A message's place in its conversation. NULL for rows that the reference wrote; placed at the next start.
ALTER TABLE messages ADD COLUMN position INTEGER;
ALTER TABLE messages ADD COLUMN turn_id CHAR(32);
CREATE INDEX ix_messages_place ON messages (conversation_id, position);
CREATE INDEX ix_messages_unplaced ON messages (conversation_id) WHERE position IS NULL;
CREATE INDEX ix_message_events_message_id ON message_events (message_id, sequence_number);
CREATE INDEX ix_files_purpose ON files (purpose);
CREATE INDEX ix_conversations_project_id ON conversations (project_id, created_at);

-- One run of a harness for one user message.
CREATE TABLE turns (
    id CHAR(32) NOT NULL,
    conversation_id CHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    status VARCHAR(16) NOT NULL,
    harness VARCHAR NOT NULL,
    model VARCHAR,
    input JSON NOT NULL,
    options JSON,
    user_message_id CHAR(32),
    assistant_message_id CHAR(32),
    error_code VARCHAR(64),
    error TEXT,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cached_input_tokens INTEGER NOT NULL DEFAULT 0,
    log_closed BOOLEAN NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    started_at DATETIME,
    finished_at DATETIME,
    modified_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY (conversation_id) REFERENCES conversations (id),
    UNIQUE (conversation_id, number)
);
-- What a start after a crash has to look at; empty after a clean end, however long the history.
CREATE INDEX ix_turns_open ON turns (conversation_id, number) WHERE log_closed = 0;
