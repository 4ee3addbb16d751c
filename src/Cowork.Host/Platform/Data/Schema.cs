using System.Reflection;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data;

/// <summary>Brings the database file up to date before anything else touches it.</summary>
sealed partial class Schema(Database database, ServerOptions options, TimeProvider time, ILogger<Schema> log)
{
    public void BringUpToDate()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(options.DatabasePath)!);
        using var connection = database.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        // EF's own check builds the whole model (half a second); one look at the history table is enough on every start but the first.
        if (IsCurrent(connection))
            return;

        if (ReferenceDatabase.IsOne(connection))
            ReferenceDatabase.Adopt(connection, options.DatabasePath, time, log);
        // A process killed inside a migration leaves this row behind, and EF then waits for ever (dotnet/efcore#38958).
        // The server is the only one that migrates its file, so a row that is there now is stale.
        if (HasTable(connection, "__EFMigrationsLock"))
            Execute(connection, "DELETE FROM __EFMigrationsLock");
        using var db = database.Read();
        db.Database.Migrate();
        SchemaMigrated(log, options.DatabasePath);
    }

    static bool IsCurrent(SqliteConnection connection)
    {
        if (!HasTable(connection, "__EFMigrationsHistory"))
            return false;
        var newest = typeof(Schema).Assembly.GetTypes().Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id).Max(StringComparer.Ordinal);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM __EFMigrationsHistory WHERE MigrationId = $id";
        command.Parameters.AddWithValue("$id", newest);
        return command.ExecuteScalar() is not null;
    }

    internal static bool HasTable(SqliteConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $name";
        command.Parameters.AddWithValue("$name", name);
        return command.ExecuteScalar() is not null;
    }

    internal static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [LoggerMessage(LogLevel.Information, "The database {Path} was brought up to date")]
    static partial void SchemaMigrated(ILogger log, string path);
}
