using System.Globalization;
using Cowork.Host.Features.Settings;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Schedules;

/// <summary>The history of schedules.</summary>
[FeatureService]
sealed class ScheduleRuns(Database database, SettingsService settings, TimeProvider time)
{
    public const int DefaultLimit = 100;
    const int DefaultHistory = 200;

    const string Select =
        """
        SELECT id, schedule_id, started_at, finished_at, duration_ms, status, error, error_code, conversation_id, is_manual, occurrence_at, attempt,
               input_tokens, output_tokens, created_at
        FROM schedule_runs
        """;

    /// <summary>Newest first; the history has a bound.</summary>
    public IReadOnlyList<RunView> List(Guid scheduleId) =>
        database.Query(statements => statements.List(Read, $"{Select} WHERE schedule_id = ?1 ORDER BY started_at DESC, rowid DESC", scheduleId));

    /// <summary>A run tries again, with a turn of its own.</summary>
    public Task NoteAttemptAsync(Guid runId, int attempt, Guid turnId) =>
        database.WriteAsync(w => w.Execute("UPDATE schedule_runs SET attempt = ?2, turn_id = ?3, modified_at = ?4 WHERE id = ?1", runId, attempt, turnId, time.UtcNow()));

    /// <summary>Stores the end of a run, with the schedule and without what the history has no room for. A schedule deleted meanwhile stays deleted.</summary>
    public Task CloseAsync(Guid runId, Guid scheduleId, DateTime startedAt, RunResult result) =>
        database.WriteAsync(w =>
        {
            var now = time.UtcNow();
            // The conversation may never have come to be, or be deleted.
            w.Execute(
                """
                UPDATE schedule_runs
                SET status = ?2, error = ?3, error_code = ?4, input_tokens = ?5, output_tokens = ?6, finished_at = ?7, duration_ms = ?8, modified_at = ?7,
                    conversation_id = (SELECT c.id FROM conversations c WHERE c.id = schedule_runs.conversation_id)
                WHERE id = ?1
                """,
                runId, result.Status, result.Error, result.ErrorCode, result.InputTokens, result.OutputTokens, now, Math.Max(0, (long)(now - startedAt).TotalMilliseconds));
            if (result.Status == RunResult.Success)
                w.Execute(
                    """
                    UPDATE schedules
                    SET last_run_at = ?3, last_result_conversation_id = (SELECT r.conversation_id FROM schedule_runs r WHERE r.id = ?2),
                        last_error = NULL, missed_runs = 0, modified_at = ?4
                    WHERE id = ?1
                    """,
                    scheduleId, runId, startedAt, now);
            else
                w.Execute("UPDATE schedules SET last_error = ?2, modified_at = ?3 WHERE id = ?1", scheduleId, result.Error, now);
            w.Execute(
                """
                DELETE FROM schedule_runs WHERE schedule_id = ?1 AND status <> 'running'
                AND id NOT IN (SELECT r.id FROM schedule_runs r WHERE r.schedule_id = ?1 ORDER BY r.started_at DESC, r.rowid DESC LIMIT ?2)
                """,
                scheduleId, History);
        });

    int History => int.TryParse(settings.Get(SettingCatalog.ScheduleHistoryKey), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit : DefaultHistory;

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
