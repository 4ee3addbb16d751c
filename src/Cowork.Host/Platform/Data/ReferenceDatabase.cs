using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Data;

/// <summary>
/// A database file that the Python server made. A copy is put beside it and it is lifted to that server's newest revision; our
/// own additions then come by migration. Nothing is removed, so that server can open the file again.
/// </summary>
static partial class ReferenceDatabase
{
    const string Newest = "c4e7a1b9d2f0";

    public static bool IsOne(SqliteConnection connection) =>
        Schema.HasTable(connection, "projects") && !Schema.HasTable(connection, "__EFMigrationsHistory");

    public static void Adopt(SqliteConnection connection, string path, TimeProvider time, ILogger log)
    {
        var copy = $"{path}.before-cowork-{time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        using (var backup = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = copy, Pooling = false }.ToString()))
        {
            backup.Open();
            connection.BackupDatabase(backup);
        }

        using (var transaction = connection.BeginTransaction())
        {
            // The channel tables, the third revision's work, are made by our first migration where they are missing.
            if (!HasColumn(connection, "messages", "harness"))
                Schema.Execute(connection, "ALTER TABLE messages ADD COLUMN harness VARCHAR");
            // SQLite does not enforce VARCHAR lengths, so the fourth revision's wider files.purpose needs no rebuild here.
            if (!Schema.HasTable(connection, "alembic_version"))
                Schema.Execute(connection, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))");
            Schema.Execute(connection, $"DELETE FROM alembic_version; INSERT INTO alembic_version (version_num) VALUES ('{Newest}')");
            transaction.Commit();
        }

        DatabaseAdopted(log, path, copy);
    }

    static bool HasColumn(SqliteConnection connection, string table, string column)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM pragma_table_info($table) WHERE name = $column";
        command.Parameters.AddWithValue("$table", table);
        command.Parameters.AddWithValue("$column", column);
        return command.ExecuteScalar() is not null;
    }

    [LoggerMessage(LogLevel.Warning, "The database {Path} of the Python server was adopted; a copy as it was is kept at {Copy}")]
    static partial void DatabaseAdopted(ILogger log, string path, string copy);
}
