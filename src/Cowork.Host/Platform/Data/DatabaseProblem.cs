using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Data;

/// <summary>Says in a sentence for the user why a database file cannot be used.</summary>
static class DatabaseProblem
{
    // SQLite's result codes, sqlite.org/rescode.html.
    public const int Busy = 5;
    public const int Locked = 6;
    public const int ReadOnly = 8;
    public const int IoError = 10;
    const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    const int NotADatabase = 26;

    /// <returns>Null when the exception has another cause.</returns>
    public static string? Explain(Exception e, string path) => e switch
    {
        SqliteException { SqliteErrorCode: NotADatabase } => $"{path} is not a database of this server. Move it away, or choose another file with DATABASE_URI.",
        SqliteException { SqliteErrorCode: Corrupt } => $"The database {path} is damaged. Put a backup in its place (cowork-server restore), or move it away to start anew.",
        SqliteException { SqliteErrorCode: Busy or Locked } => $"The database {path} is in use by another program. Stop that program, then start again.",
        SqliteException { SqliteErrorCode: Full } => $"The disk of the database {path} is full. Free some space, then start again.",
        SqliteException { SqliteErrorCode: ReadOnly or CannotOpen or IoError } or IOException or UnauthorizedAccessException => NotWritable(path),
        _ => null,
    };

    public static string NotWritable(string path) =>
        $"The database {path} cannot be opened for writing. Check the permissions of the file and its folder, or choose another place with DATABASE_URI.";
}
