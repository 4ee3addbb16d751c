using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Platform.Http;

/// <summary>What a request failed at, when the disk or the database is to blame and the user can do something about it.</summary>
sealed record StorageProblem(int Status, string Code, string Detail)
{
    // errno, and Windows' own.
    const int NoSpace = 28;
    const int QuotaExceeded = 122;
    const int ReadOnlyFileSystem = 30;
    const int WindowsDiskFull = unchecked((int)0x80070070);

    static readonly StorageProblem DiskFull =
        new(StatusCodes.Status507InsufficientStorage, "disk_full", "The disk is full. Nothing was changed; free some space and try again.");

    static readonly StorageProblem NotWritable =
        new(StatusCodes.Status500InternalServerError, "not_writable", "The server may not write there. Check the permissions of its data folder.");

    static readonly StorageProblem Busy =
        new(StatusCodes.Status503ServiceUnavailable, "database_busy", "Another program is using the database. Nothing was changed; try again in a moment.");

    /// <returns>Null when the exception has another cause.</returns>
    public static StorageProblem? Of(Exception e, string databasePath) => e switch
    {
        DbUpdateException { InnerException: SqliteException inner } => Of(inner, databasePath),
        SqliteException { SqliteErrorCode: DatabaseProblem.Full } or IOException { HResult: NoSpace or QuotaExceeded or WindowsDiskFull } => DiskFull,
        SqliteException { SqliteErrorCode: DatabaseProblem.Busy or DatabaseProblem.Locked } => Busy,
        SqliteException { SqliteErrorCode: DatabaseProblem.ReadOnly or DatabaseProblem.CannotOpen or DatabaseProblem.IoError } =>
            NotWritable with { Detail = DatabaseProblem.NotWritable(databasePath) },
        UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem } => NotWritable,
        _ => null,
    };
}
