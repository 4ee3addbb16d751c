using System.Runtime.CompilerServices;
using Cowork.Host.Platform.Data.Migrations;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Platform.Data;

/// <summary>Brings the database file up to date before anything else touches it.</summary>
sealed partial class Schema(Database database, ServerOptions options, TimeProvider time, ILogger<Schema> log)
{
    const int LockSeconds = 5;

    /// <exception cref="UsageException">The file cannot be used; nothing of it was changed.</exception>
    public void BringUpToDate()
    {
        try
        {
            // SQLite would let everybody read a new file; its log files get the mode of the database.
            if (!File.Exists(options.DatabasePath))
                AtomicFile.CreatePrivate(options.DatabasePath).Dispose();
            using var connection = database.Open();
            BringUpToDate(connection);
        }
        catch (Exception e) when (DatabaseProblem.Explain(e, options.DatabasePath) is { } sentence)
        {
            throw new UsageException(sentence, e);
        }
    }

    void BringUpToDate(SqliteConnection connection)
    {
        // Looks before it touches: a file of somebody else stays as it is.
        var kind = ReferenceDatabase.Examine(connection, options.DatabasePath);
        if (SQLitePCL.raw.sqlite3_db_readonly(connection.Handle, "main") == 1)
            throw new UsageException(DatabaseProblem.NotWritable(options.DatabasePath));
        Execute(connection, "PRAGMA journal_mode = WAL");
        // EF's own check builds the whole model (a third of a second); one look at the history table is enough.
        if (kind == DatabaseKind.Own && IsCurrent(connection))
            return;
        if (kind == DatabaseKind.Empty)
        {
            Create(connection);
            return;
        }

        if (kind == DatabaseKind.Reference)
            ReferenceDatabase.Adopt(connection, options.DatabasePath, time, log);
        // A process killed inside a migration leaves this row behind, and EF then waits for ever (dotnet/efcore#38958).
        // Whoever migrates holds the data lock, so a row that is there now is stale.
        if (HasTable(connection, "__EFMigrationsLock"))
            Execute(connection, "DELETE FROM __EFMigrationsLock");
        Migrate();
        SchemaMigrated(log, options.DatabasePath);
    }

    /// <summary>
    /// Fills a new file with what EF would run and note in it, all or nothing. EF itself would cost the first start, for which somebody
    /// waits, a third of a second and 30 MiB.
    /// </summary>
    static void Create(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Execute(connection, "CREATE TABLE \"__EFMigrationsHistory\" (\"MigrationId\" TEXT NOT NULL CONSTRAINT \"PK___EFMigrationsHistory\" PRIMARY KEY, \"ProductVersion\" TEXT NOT NULL)");
        foreach (var id in MigrationScripts.Ids.Order(StringComparer.Ordinal))
            Execute(connection, $"{MigrationScripts.Read(id)}\nINSERT INTO __EFMigrationsHistory VALUES ('{id}', '{ServerVersion.Text}')");
        transaction.Commit();
    }

    /// <summary>Apart from what every start does, for calling this loads EF.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    void Migrate()
    {
        using var db = database.Read();
        db.Database.Migrate();
    }

    static bool IsCurrent(SqliteConnection connection)
    {
        var applied = new HashSet<string>();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MigrationId FROM __EFMigrationsHistory";
        using (var rows = command.ExecuteReader())
            while (rows.Read())
                applied.Add(rows.GetString(0));
        return MigrationScripts.Ids.All(applied.Contains);
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
        // Whoever holds the file now keeps it; the desktop app waits fifteen seconds for the whole start.
        command.CommandTimeout = LockSeconds;
        command.ExecuteNonQuery();
    }

    [LoggerMessage(LogLevel.Information, "The database {Path} was brought up to date")]
    static partial void SchemaMigrated(ILogger log, string path);
}
