-- Columns of the reference that may be NULL there although every reader needs a time: one such row must not spoil a list. What is
-- missing is filled in here once, and by the triggers whenever somebody writes such a row.
UPDATE projects SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE conversations SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE messages SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE files SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE pins SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE skills SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE schedules SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
UPDATE schedule_runs SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE created_at IS NULL OR modified_at IS NULL;
CREATE TRIGGER times_projects_added AFTER INSERT ON projects WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE projects SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_projects_changed AFTER UPDATE OF created_at, modified_at ON projects WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE projects SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_conversations_added AFTER INSERT ON conversations WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE conversations SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_conversations_changed AFTER UPDATE OF created_at, modified_at ON conversations WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE conversations SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_messages_added AFTER INSERT ON messages WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE messages SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_messages_changed AFTER UPDATE OF created_at, modified_at ON messages WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE messages SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_files_added AFTER INSERT ON files WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE files SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_files_changed AFTER UPDATE OF created_at, modified_at ON files WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE files SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_pins_added AFTER INSERT ON pins WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE pins SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_pins_changed AFTER UPDATE OF created_at, modified_at ON pins WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE pins SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_skills_added AFTER INSERT ON skills WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE skills SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_skills_changed AFTER UPDATE OF created_at, modified_at ON skills WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE skills SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_schedules_added AFTER INSERT ON schedules WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE schedules SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_schedules_changed AFTER UPDATE OF created_at, modified_at ON schedules WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE schedules SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_schedule_runs_added AFTER INSERT ON schedule_runs WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE schedule_runs SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
CREATE TRIGGER times_schedule_runs_changed AFTER UPDATE OF created_at, modified_at ON schedule_runs WHEN NEW.created_at IS NULL OR NEW.modified_at IS NULL BEGIN
    UPDATE schedule_runs SET created_at = COALESCE(created_at, modified_at, '1970-01-01 00:00:00'), modified_at = COALESCE(modified_at, created_at, '1970-01-01 00:00:00') WHERE id = NEW.id;
END;
