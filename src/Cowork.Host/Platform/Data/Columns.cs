using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Data;

/// <summary>Columns that may be NULL, of the row that a reader is at.</summary>
static class Columns
{
    public static string? TextOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static Guid? IdOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Encodings.ToId(row.GetString(column));

    public static DateTime? TimeOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Encodings.ToTime(row.GetString(column));
}
