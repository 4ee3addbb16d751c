-- The reference's schema at its newest revision, word for word but for IF NOT EXISTS: on an adopted file only what is missing is made.
CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE IF NOT EXISTS projects (
    id CHAR(32) NOT NULL,
    name VARCHAR(255) NOT NULL,
    path VARCHAR(1024) NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS conversations (
    id CHAR(32) NOT NULL,
    topic VARCHAR(255) NOT NULL,
    project_id CHAR(32) NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE TABLE IF NOT EXISTS messages (
    id CHAR(32) NOT NULL,
    conversation_id CHAR(32) NOT NULL,
    role VARCHAR NOT NULL,
    content JSON,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP, harness VARCHAR,
    PRIMARY KEY (id),
    FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
CREATE INDEX IF NOT EXISTS ix_messages_conversation_id ON messages (conversation_id);
CREATE TABLE IF NOT EXISTS message_events (
    id CHAR(32) NOT NULL,
    message_id CHAR(32) NOT NULL,
    sequence_number INTEGER NOT NULL,
    event_data JSON,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(message_id) REFERENCES messages (id)
);
CREATE TABLE IF NOT EXISTS schedules (
    id CHAR(32) NOT NULL,
    title VARCHAR NOT NULL,
    prompt TEXT NOT NULL,
    cadence VARCHAR(16) NOT NULL,
    timezone VARCHAR(64) DEFAULT 'UTC' NOT NULL,
    next_run_at DATETIME NOT NULL,
    enabled BOOLEAN DEFAULT true NOT NULL,
    project_id CHAR(32) NOT NULL,
    model VARCHAR NOT NULL,
    last_run_at DATETIME,
    last_result_conversation_id CHAR(32),
    last_error TEXT,
    missed_runs INTEGER DEFAULT 0 NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(project_id) REFERENCES projects (id),
    FOREIGN KEY(last_result_conversation_id) REFERENCES conversations (id)
);
CREATE TABLE IF NOT EXISTS pins (
    id CHAR(32) NOT NULL,
    item_type VARCHAR(64) NOT NULL,
    item_id VARCHAR(64) NOT NULL,
    title VARCHAR(255),
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE (item_type, item_id)
);
CREATE TABLE IF NOT EXISTS schedule_runs (
    id CHAR(32) NOT NULL,
    schedule_id CHAR(32) NOT NULL,
    started_at DATETIME NOT NULL,
    finished_at DATETIME,
    duration_ms INTEGER,
    status VARCHAR(16) NOT NULL,
    error TEXT,
    conversation_id CHAR(32),
    is_manual BOOLEAN DEFAULT false NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(schedule_id) REFERENCES schedules (id),
    FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
CREATE TABLE IF NOT EXISTS settings (
    id CHAR(32) NOT NULL,
    "key" VARCHAR(128) NOT NULL,
    value TEXT NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE ("key")
);
CREATE UNIQUE INDEX IF NOT EXISTS ix_settings_key ON settings ("key");
CREATE TABLE IF NOT EXISTS skills (
    id CHAR(32) NOT NULL,
    label VARCHAR(80) NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    when_to_use TEXT,
    instructions TEXT NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE (label),
    UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS channel_installations (
    id CHAR(32) NOT NULL,
    channel_type VARCHAR(64) NOT NULL,
    display_name VARCHAR(255) NOT NULL,
    enabled BOOLEAN DEFAULT false NOT NULL,
    status VARCHAR(32) DEFAULT 'disconnected' NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    CONSTRAINT uq_channel_installations_type UNIQUE (channel_type)
);
CREATE TABLE IF NOT EXISTS channel_bindings (
    id CHAR(32) NOT NULL,
    channel_type VARCHAR(64) NOT NULL,
    external_group_id VARCHAR(255) NOT NULL,
    external_thread_id VARCHAR(255),
    external_thread_key VARCHAR(255) DEFAULT '__default__' NOT NULL,
    display_name VARCHAR(255),
    trigger_rule VARCHAR(32) DEFAULT 'always' NOT NULL,
    trigger_pattern TEXT,
    anton_project_id CHAR(32),
    anton_conversation_id CHAR(32),
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(anton_project_id) REFERENCES projects (id),
    FOREIGN KEY(anton_conversation_id) REFERENCES conversations (id),
    CONSTRAINT uq_channel_bindings_target UNIQUE (channel_type, external_group_id, external_thread_key)
);
CREATE INDEX IF NOT EXISTS ix_channel_bindings_external_thread_key ON channel_bindings (external_thread_key);
CREATE TABLE IF NOT EXISTS channel_sessions (
    id CHAR(32) NOT NULL,
    binding_id CHAR(32) NOT NULL,
    external_session_key VARCHAR(512) NOT NULL,
    anton_session_id VARCHAR(255),
    last_message_at DATETIME,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(binding_id) REFERENCES channel_bindings (id),
    CONSTRAINT uq_channel_sessions_key UNIQUE (binding_id, external_session_key)
);
CREATE TABLE IF NOT EXISTS channel_events (
    id CHAR(32) NOT NULL,
    channel_type VARCHAR(64) NOT NULL,
    external_message_id VARCHAR(255),
    direction VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    dedupe_key VARCHAR(255),
    error TEXT,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    modified_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_channel_events_channel_type ON channel_events (channel_type);
CREATE INDEX IF NOT EXISTS ix_channel_events_dedupe_key ON channel_events (dedupe_key);
CREATE UNIQUE INDEX IF NOT EXISTS uq_channel_events_inbound_dedupe ON channel_events (channel_type, dedupe_key) WHERE direction = 'inbound' AND dedupe_key IS NOT NULL;
CREATE TABLE IF NOT EXISTS "files" (
    id CHAR(32) NOT NULL,
    filename VARCHAR(255) NOT NULL,
    content_type VARCHAR(127) NOT NULL,
    size INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    path VARCHAR(1024) NOT NULL,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    modified_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id)
);
INSERT INTO alembic_version (version_num) SELECT 'c4e7a1b9d2f0' WHERE NOT EXISTS (SELECT 1 FROM alembic_version);
