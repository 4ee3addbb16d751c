-- A schedule with cron or every_minutes has a cadence that the reference knows (daily, hourly), which it would stumble over otherwise.
ALTER TABLE schedules ADD COLUMN cron VARCHAR(128);
ALTER TABLE schedules ADD COLUMN every_minutes INTEGER;
-- The moment that the user set; its wall-clock time in the zone is the one that is kept. NULL for rows of the reference: next_run_at then.
ALTER TABLE schedules ADD COLUMN anchor_at DATETIME;
ALTER TABLE schedules ADD COLUMN missed_policy VARCHAR(16) NOT NULL DEFAULT 'skip';
ALTER TABLE schedules ADD COLUMN overlap_policy VARCHAR(16) NOT NULL DEFAULT 'skip';
ALTER TABLE schedules ADD COLUMN time_limit_minutes INTEGER;
ALTER TABLE schedules ADD COLUMN max_retries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN harness VARCHAR;
ALTER TABLE schedules ADD COLUMN notify_url TEXT;
-- SHA-256 of the secret, hex.
ALTER TABLE schedules ADD COLUMN trigger_secret_hash VARCHAR(64);
CREATE INDEX ix_schedules_due ON schedules (next_run_at) WHERE enabled = 1;

-- The moment that the run stands for; NULL for runs that somebody started.
ALTER TABLE schedule_runs ADD COLUMN occurrence_at DATETIME;
ALTER TABLE schedule_runs ADD COLUMN turn_id CHAR(32);
ALTER TABLE schedule_runs ADD COLUMN error_code VARCHAR(64);
ALTER TABLE schedule_runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE schedule_runs ADD COLUMN input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedule_runs ADD COLUMN output_tokens INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX ux_schedule_runs_occurrence ON schedule_runs (schedule_id, occurrence_at) WHERE occurrence_at IS NOT NULL;
CREATE INDEX ix_schedule_runs_schedule ON schedule_runs (schedule_id, started_at);
CREATE INDEX ix_schedule_runs_open ON schedule_runs (schedule_id) WHERE status = 'running';
