ALTER TABLE schedules ADD COLUMN approval_policy VARCHAR(16) NOT NULL DEFAULT 'deny';
-- What is allowed all the same: a JSON array of "action" or "action: subject"; NULL for nothing.
ALTER TABLE schedules ADD COLUMN approved_actions JSON;
ALTER TABLE schedules ADD COLUMN token_budget INTEGER;
