using Cowork.Host.Platform.Files;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Data;

/// <summary>Copies a database while others may use it.</summary>
static class DatabaseCopy
{
    /// <summary>Writes one consistent state, what still lies in the write-ahead log included, into a file for the owner alone.</summary>
    public static void Write(SqliteConnection source, string path)
    {
        try
        {
            // Made first, so that it is private from its first byte on.
            AtomicFile.CreatePrivate(path).Dispose();
            using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            copy.Open();
            source.BackupDatabase(copy);
            // One file, that can be moved alone.
            Schema.Execute(copy, "PRAGMA journal_mode = DELETE");
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }
}
