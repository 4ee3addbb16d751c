using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Schedules;

/// <summary>The history of schedules.</summary>
[FeatureService]
sealed class ScheduleRuns(Database database)
{
    public const int DefaultLimit = 100;

    const string Select =
        """
        SELECT id, schedule_id, started_at, finished_at, duration_ms, status, error, error_code, conversation_id, is_manual, occurrence_at, attempt,
               input_tokens, output_tokens, created_at
        FROM schedule_runs
        """;

    /// <summary>Newest first.</summary>
    public RunList List(Guid scheduleId, int limit) =>
        new(database.Query(statements => statements.List(Read, $"{Select} WHERE schedule_id = ?1 ORDER BY started_at DESC, rowid DESC LIMIT ?2", scheduleId, limit)));

    static RunView Read(SqliteDataReader row)
    {
        Guid? conversation = row.IsDBNull(8) ? null : Encodings.ToId(row.GetString(8));
        var isManual = row.GetBoolean(9);
        return new(
            Encodings.ToId(row.GetString(0)), Encodings.ToId(row.GetString(1)), Encodings.ToTime(row.GetString(2)), Time(row, 3), row.IsDBNull(4) ? null : row.GetInt64(4),
            row.GetString(5), Text(row, 6), Text(row, 7), conversation, conversation, isManual, isManual, Time(row, 10), row.GetInt32(11),
            row.GetInt64(12), row.GetInt64(13), Encodings.ToTime(row.GetString(14)));
    }

    static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    static DateTime? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Encodings.ToTime(row.GetString(column));
}
