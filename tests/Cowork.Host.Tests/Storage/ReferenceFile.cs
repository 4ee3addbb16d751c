using Microsoft.Data.Sqlite;

namespace Cowork.Host.Tests.Storage;

/// <summary>A database as the Python server left it, at any of its revisions.</summary>
static class ReferenceFile
{
    public const string Newest = "c4e7a1b9d2f0";

    /// <summary>All revisions, oldest first; and the oldest one without a note of it.</summary>
    public static readonly TheoryData<string> Revisions = ["", "93375a6617f4", "b8a2f4c6d9e1", "b7c1d2e3f4a5", Newest];

    const string Rows =
        """
        INSERT INTO projects (id, name, path, is_active) VALUES ('00000000000000000000000000000001', 'general', '{home}/.cowork/projects/general', 1);
        INSERT INTO projects (id, name, path, is_active, created_at, modified_at) VALUES ('0f0f0f0f0f0f4f0f8f0f0f0f0f0f0f0f', 'elder', '{home}/.cowork/projects/elder', 0, '2025-03-01 10:00:00', '2025-03-01 10:00:00');
        INSERT INTO conversations (id, topic, project_id, created_at, modified_at) VALUES ('0c0c0c0c0c0c4c0c8c0c0c0c0c0c0c0c', 'Old talk é', '0f0f0f0f0f0f4f0f8f0f0f0f0f0f0f0f', '2025-03-02 10:00:00', '2025-03-02 11:00:00');
        INSERT INTO messages (id, conversation_id, role, content, created_at) VALUES
            ('ffffffffffff4a0a8a0a0a0a0a0a0a01', '0c0c0c0c0c0c4c0c8c0c0c0c0c0c0c0c', 'user', '[{"type": "input_text", "text": "hi \u00e9", "file_id": null}]', '2025-03-02 10:00:01'),
            ('000000000000400a8a0a0a0a0a0a0a02', '0c0c0c0c0c0c4c0c8c0c0c0c0c0c0c0c', 'assistant', '"old \ud83d\ude00 answer"', '2025-03-02 10:00:01.250000');
        INSERT INTO message_events (id, message_id, sequence_number, event_data) VALUES
            ('0e0e0e0e0e0e4e0e8e0e0e0e0e0e0e02', '000000000000400a8a0a0a0a0a0a0a02', 1, '{"type": "response.completed"}'),
            ('0e0e0e0e0e0e4e0e8e0e0e0e0e0e0e01', '000000000000400a8a0a0a0a0a0a0a02', 0, '{"type": "response.created"}');
        INSERT INTO pins (id, item_type, item_id, title) VALUES ('0707070707074707870707070707070a', 'conversation', '0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c', 'Old pin');
        INSERT INTO skills (id, label, name, instructions) VALUES ('0808080808084808880808080808080a', 'old_skill', 'Old skill', 'steps');
        INSERT INTO files (id, filename, content_type, size, purpose, path, created_at) VALUES ('0909090909094909890909090909090a', 'old.txt', 'text/plain', 3, 'assistants', '{home}/old.txt', '2025-03-01 00:00:00');
        INSERT INTO files (id, filename, content_type, size, purpose, path, created_at) VALUES ('0909090909094909890909090909090b', 'told.txt', 'text/plain', 4, 'attachment:elder:0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c', '{home}/told.txt', '2025-03-01 00:00:00');
        INSERT INTO schedules (id, title, prompt, cadence, next_run_at, enabled, project_id, model, last_run_at, last_result_conversation_id, missed_runs) VALUES
            ('05050505050545058505050505050505', 'Old rounds', 'look around', 'daily', '2090-01-01 09:00:00.000000', 0, '0f0f0f0f0f0f4f0f8f0f0f0f0f0f0f0f', 'default', '2025-03-02 09:00:00.000000', '0c0c0c0c0c0c4c0c8c0c0c0c0c0c0c0c', 2);
        INSERT INTO schedule_runs (id, schedule_id, started_at, finished_at, duration_ms, status, conversation_id, is_manual) VALUES
            ('05050505050545058505050505050506', '05050505050545058505050505050505', '2025-03-02 09:00:00.000000', '2025-03-02 09:00:01.500000', 1500, 'success', '0c0c0c0c0c0c4c0c8c0c0c0c0c0c0c0c', 1);
        INSERT INTO settings (id, key, value) VALUES ('0606060606064606860606060606060a', 'greeting', 'Old hello'), ('0606060606064606860606060606060b', 'show_dots', 'False');
        """;

    const string ChannelRows =
        """
        INSERT INTO channel_installations (id, channel_type, display_name, enabled, status) VALUES ('04040404040444048404040404040404', 'slack', 'Old Slack', 1, 'active');
        INSERT INTO channel_bindings (id, channel_type, external_group_id, display_name, anton_project_id, anton_conversation_id) VALUES
            ('04040404040444048404040404040405', 'slack', 'C01', '#old', '0f0f0f0f0f0f4f0f8f0f0f0f0f0f0f0f', '0c0c0c0c0c0c4c0c8c0c0c0c0c0c0c0c');
        INSERT INTO channel_sessions (id, binding_id, external_session_key, anton_session_id, last_message_at) VALUES
            ('04040404040444048404040404040406', '04040404040444048404040404040405', 'slack:C01', '0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c', '2025-03-02 10:00:02.000000');
        INSERT INTO channel_events (id, channel_type, direction, status) VALUES ('04040404040444048404040404040407', 'slack', 'inbound', 'done');
        """;

    public static string Path(string home) => System.IO.Path.Combine(home, ".cowork", "cowork.db");

    /// <summary>Makes the file; its last rows lie in the write-ahead log only, as after a kill.</summary>
    public static void Write(string home, string revision)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(home))!);
        using var made = Open(Path(home));
        Execute(made, Schema());
        if (revision is "" or "93375a6617f4")
            Execute(made, "ALTER TABLE messages DROP COLUMN harness");
        if (revision is "" or "93375a6617f4" or "b8a2f4c6d9e1")
            Execute(made, "DROP TABLE channel_sessions; DROP TABLE channel_bindings; DROP TABLE channel_installations; DROP TABLE channel_events");
        if (revision != Newest)
            Execute(made, "DROP TABLE files; CREATE TABLE files (id CHAR(32) NOT NULL, filename VARCHAR(255) NOT NULL, content_type VARCHAR(127) NOT NULL, size INTEGER NOT NULL, purpose VARCHAR(64) NOT NULL, path VARCHAR(1024) NOT NULL, created_at DATETIME DEFAULT CURRENT_TIMESTAMP, modified_at DATETIME DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id))");
        Execute(made, revision == "" ? "DROP TABLE alembic_version" : $"INSERT INTO alembic_version (version_num) VALUES ('{revision}')");
        Execute(made, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
        Execute(made, Rows.Replace("{home}", home, StringComparison.Ordinal));
        if (revision is "b7c1d2e3f4a5" or Newest)
            Execute(made, ChannelRows);

        // Copied while open, so that closing does not fold the log in.
        foreach (var suffix in new[] { "", "-wal" })
            File.Copy(Path(home) + suffix, Path(home) + suffix + ".kept");
        made.Dispose();
        foreach (var suffix in new[] { "", "-wal" })
            File.Move(Path(home) + suffix + ".kept", Path(home) + suffix, overwrite: true);
    }

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = false }.ToString());
        connection.Open();
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>All rows, columns joined by a bar.</summary>
    public static List<string> Query(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        var rows = new List<string>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : reader.GetString(i))));
        return rows;
    }

    static string Schema()
    {
        using var reader = new StreamReader(typeof(ReferenceFile).Assembly.GetManifestResourceStream("ReferenceSchema.sql")!);
        return reader.ReadToEnd();
    }
}
