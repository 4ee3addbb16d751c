using Cowork.Host.Features.Settings;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Schedules;

/// <summary>The history of schedules.</summary>
[FeatureService]
sealed class ScheduleRuns(Database database, SettingsService settings, TimeProvider time)
{
    public const int DefaultLimit = 100;

    // A run in line has no conversation yet, and one that was stopped there never gets it.
    const string Select =
        """
        SELECT id, schedule_id, started_at, finished_at, duration_ms, status, error, error_code,
               (SELECT c.id FROM conversations c WHERE c.id = schedule_runs.conversation_id), is_manual, occurrence_at, attempt,
               input_tokens, output_tokens, created_at
        FROM schedule_runs
        """;

    /// <summary>Newest first; the history has a bound.</summary>
    public IReadOnlyList<RunView> List(Guid scheduleId) =>
        database.Query(statements => statements.List(Read, $"{Select} WHERE schedule_id = ?1 ORDER BY started_at DESC, rowid DESC", scheduleId));

    /// <exception cref="ApiException">404: the schedule has no such run.</exception>
    public RunView Get(Guid scheduleId, Guid runId) =>
        database.Query(statements => statements.List(Read, $"{Select} WHERE schedule_id = ?1 AND id = ?2", scheduleId, runId)) is [var found]
            ? found
            : throw ApiException.NotFound("run_not_found", "This schedule has no run with this id.");

    /// <summary>A run begins an attempt with a turn of its own.</summary>
    /// <param name="before">The end of the attempt before; its tokens are kept.</param>
    /// <returns>The schedule as it is now; null when it was deleted with the run.</returns>
    public Task<Schedule?> BeginAttemptAsync(Claim claim, int attempt, Guid turnId, RunResult before) =>
        database.WriteAsync(w =>
        {
            var changed = w.Execute(
                """
                UPDATE schedule_runs
                SET attempt = ?2, turn_id = ?3, input_tokens = ?4, output_tokens = ?5, started_at = CASE ?2 WHEN 1 THEN ?6 ELSE started_at END, modified_at = ?6
                WHERE id = ?1
                """,
                claim.RunId, attempt, turnId, before.InputTokens, before.OutputTokens, time.UtcNow());
            return changed == 0 ? null : ScheduleRows.Find(w, claim.Schedule.Id);
        });

    /// <summary>Stores the end of a run, with the schedule and without what the history has no room for. A schedule deleted meanwhile stays deleted.</summary>
    public Task CloseAsync(Guid runId, Guid scheduleId, RunResult result) =>
        database.WriteAsync(w =>
        {
            if (w.Scalar("SELECT started_at FROM schedule_runs WHERE id = ?1", runId) is not string started)
                return;
            var (now, startedAt) = (time.UtcNow(), Encodings.ToTime(started));
            // The conversation may never have come to be, or be deleted.
            w.Execute(
                """
                UPDATE schedule_runs
                SET status = ?2, error = ?3, error_code = ?4, input_tokens = ?5, output_tokens = ?6, finished_at = ?7, duration_ms = ?8, modified_at = ?7,
                    conversation_id = (SELECT c.id FROM conversations c WHERE c.id = schedule_runs.conversation_id),
                    notices_left = CASE WHEN EXISTS (SELECT 1 FROM schedules s WHERE s.id = schedule_runs.schedule_id AND s.notify_token IS NOT NULL) THEN ?9 ELSE 0 END
                WHERE id = ?1
                """,
                runId, result.Status, result.Error, result.ErrorCode, result.InputTokens, result.OutputTokens, now, Math.Max(0, (long)(now - startedAt).TotalMilliseconds), ScheduleNotices.Tries);
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
                scheduleId, settings.Number(SettingCatalog.ScheduleHistoryKey));
        });

    static RunView Read(SqliteDataReader row)
    {
        Guid? conversation = row.IdOrNull(8);
        var isManual = row.GetBoolean(9);
        return new(
            Encodings.ToId(row.GetString(0)), Encodings.ToId(row.GetString(1)), Encodings.ToTime(row.GetString(2)), row.TimeOrNull(3), row.IsDBNull(4) ? null : row.GetInt64(4),
            row.GetString(5), row.TextOrNull(6), row.TextOrNull(7), conversation, conversation, isManual, isManual, row.TimeOrNull(10), row.GetInt32(11),
            row.GetInt64(12), row.GetInt64(13), Encodings.ToTime(row.GetString(14)));
    }
}
