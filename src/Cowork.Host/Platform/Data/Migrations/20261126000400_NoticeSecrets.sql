-- What the notices of a schedule are signed with, encrypted.
ALTER TABLE schedules ADD COLUMN notify_secret TEXT;
