-- The connections that a conversation's turns must not use: a JSON array of {engine, name}; NULL for none.
ALTER TABLE conversations ADD COLUMN disabled_connections JSON;
ALTER TABLE conversations ADD COLUMN archived_at DATETIME;
CREATE INDEX ix_conversations_created_at ON conversations (created_at);
CREATE INDEX IF NOT EXISTS ix_schedule_runs_conversation_id ON schedule_runs (conversation_id);
