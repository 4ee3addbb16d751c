-- Where the end of a run is told, encrypted. notify_url keeps what is shown of it; what it had in clear is forgotten.
ALTER TABLE schedules ADD COLUMN notify_token TEXT;
UPDATE schedules SET notify_url = NULL;
-- How often the end of the run is still to be told.
ALTER TABLE schedule_runs ADD COLUMN notices_left INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_schedule_runs_untold ON schedule_runs (id) WHERE notices_left > 0;
