using System.Globalization;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Data;

/// <summary>Whose tables a database file holds.</summary>
enum DatabaseKind
{
    /// <summary>None yet.</summary>
    Empty,

    /// <summary>Those of the Python server, and nothing of ours.</summary>
    Reference,

    /// <summary>Ours: this server has opened it before.</summary>
    Own,
}

/// <summary>
/// A database file that the Python server made. A copy is put beside it and it is lifted to that server's newest revision; our
/// own additions then come by migration. Nothing is removed, so that server can open the file again.
/// </summary>
static partial class ReferenceDatabase
{
    const string Newest = "c4e7a1b9d2f0";
    static readonly HashSet<string> Revisions = ["93375a6617f4", "b8a2f4c6d9e1", "b7c1d2e3f4a5", Newest];

    /// <summary>What its first revision had; a file with all of them counts as one, also where no revision is noted.</summary>
    static readonly string[] FirstTables = ["projects", "conversations", "messages", "message_events", "schedules", "schedule_runs", "pins", "settings", "skills", "files"];

    /// <summary>Finds out what a file is, without changing it.</summary>
    /// <exception cref="UsageException">It belongs to another program, or to a newer version of the Python server.</exception>
    public static DatabaseKind Examine(SqliteConnection connection, string path)
    {
        var tables = Names(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
        if (tables.Count == 0)
            return DatabaseKind.Empty;
        var hasRevisions = tables.Contains("alembic_version");
        if (hasRevisions && Names(connection, "SELECT version_num FROM alembic_version").Except(Revisions).FirstOrDefault() is { } unknown)
            throw new UsageException($"The database {path} was changed by a newer server (revision {unknown}) and was left as it is. Install a newer Cowork Server, or choose another file with DATABASE_URI.");
        if (tables.Contains("__EFMigrationsHistory"))
            return DatabaseKind.Own;
        return hasRevisions || FirstTables.All(tables.Contains)
            ? DatabaseKind.Reference
            : throw new UsageException($"{path} holds the tables of another program and was left as it is. Choose another file with DATABASE_URI.");
    }

    public static void Adopt(SqliteConnection connection, string path, TimeProvider time, ILogger log)
    {
        var copy = $"{path}.before-cowork-{time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        DatabaseCopy.Write(connection, copy);
        using (var transaction = connection.BeginTransaction())
        {
            // The channel tables, the third revision's work, are made by our first migration where they are missing.
            if (Schema.HasTable(connection, "messages") && !Names(connection, "SELECT name FROM pragma_table_info('messages')").Contains("harness"))
                Schema.Execute(connection, "ALTER TABLE messages ADD COLUMN harness VARCHAR");
            // SQLite does not enforce VARCHAR lengths, so the fourth revision's wider files.purpose needs no rebuild here.
            if (!Schema.HasTable(connection, "alembic_version"))
                Schema.Execute(connection, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))");
            Schema.Execute(connection, $"DELETE FROM alembic_version; INSERT INTO alembic_version (version_num) VALUES ('{Newest}')");
            transaction.Commit();
        }

        DatabaseAdopted(log, path, copy);
    }

    static HashSet<string> Names(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        var names = new HashSet<string>();
        using var rows = command.ExecuteReader();
        while (rows.Read())
            names.Add(rows.GetString(0));
        return names;
    }

    [LoggerMessage(LogLevel.Warning, "The database {Path} of the Python server was adopted; a copy as it was is kept at {Copy}")]
    static partial void DatabaseAdopted(ILogger log, string path, string copy);
}
