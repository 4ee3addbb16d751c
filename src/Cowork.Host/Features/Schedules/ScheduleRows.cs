using System.Text.Json;
using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Schedules;

/// <summary>How schedules lie in the database. Statements rather than entities: clients poll the list and the clock polls what is due.</summary>
static class ScheduleRows
{
    public const string Select =
        """
        SELECT s.id, s.title, s.prompt, s.cadence, s.timezone, s.next_run_at, s.enabled, s.project_id, s.model, s.last_run_at, s.last_result_conversation_id,
               s.last_error, s.missed_runs, s.created_at, s.modified_at, s.cron, s.every_minutes, s.anchor_at, s.missed_policy, s.overlap_policy,
               s.time_limit_minutes, s.max_retries, s.harness, s.notify_url, s.trigger_secret_hash, s.approval_policy, s.approved_actions, s.token_budget,
               s.notify_token, s.notify_secret, p.name, p.path
        FROM schedules s LEFT JOIN projects p ON p.id = s.project_id
        """;

    const string Upsert =
        """
        INSERT INTO schedules (id, title, prompt, cadence, timezone, next_run_at, enabled, project_id, model, last_run_at, last_result_conversation_id,
                               last_error, missed_runs, created_at, modified_at, cron, every_minutes, anchor_at, missed_policy, overlap_policy,
                               time_limit_minutes, max_retries, harness, notify_url, trigger_secret_hash, approval_policy, approved_actions, token_budget, notify_token, notify_secret)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)
        ON CONFLICT (id) DO UPDATE SET
            title = ?2, prompt = ?3, cadence = ?4, timezone = ?5, next_run_at = ?6, enabled = ?7, project_id = ?8, model = ?9, last_run_at = ?10,
            last_result_conversation_id = ?11, last_error = ?12, missed_runs = ?13, modified_at = ?15, cron = ?16, every_minutes = ?17, anchor_at = ?18,
            missed_policy = ?19, overlap_policy = ?20, time_limit_minutes = ?21, max_retries = ?22, harness = ?23, notify_url = ?24, trigger_secret_hash = ?25,
            approval_policy = ?26, approved_actions = ?27, token_budget = ?28, notify_token = ?29, notify_secret = ?30
        """;

    public static Schedule? Find(WriteScope w, Guid id) => w.List(Read, $"{Select} WHERE s.id = ?1", id) is [var found] ? found : null;

    public static void Save(WriteScope w, Schedule s) => w.Execute(
        Upsert,
        s.Id, s.Title, s.Prompt, StoredCadence(s.Cadence), s.Timezone, s.NextRunAt, s.Enabled, s.ProjectId, s.Model, s.LastRunAt, s.LastResultConversationId,
        s.LastError, s.MissedRuns, s.CreatedAt, s.ModifiedAt, s.Cron, s.EveryMinutes, s.AnchorAt, s.MissedPolicy, s.OverlapPolicy,
        s.TimeLimitMinutes, s.MaxRetries, s.Harness, s.NotifyUrl, s.TriggerSecretHash,
        s.Approvals.Policy, s.Approvals.Allowed.Count == 0 ? null : JsonSerializer.Serialize(s.Approvals.Allowed, ScheduleWriteJson.Default.IReadOnlyListString), s.TokenBudget, s.NotifyToken, s.NotifySecret);

    public static Schedule Read(SqliteDataReader row)
    {
        var (cron, every) = (row.TextOrNull(15), Number(row, 16));
        return new()
        {
            Id = Encodings.ToId(row.GetString(0)),
            Title = row.GetString(1),
            Prompt = row.GetString(2),
            Cadence = cron is not null ? Cadence.Cron : every is not null ? Cadence.Every : row.GetString(3),
            Timezone = row.GetString(4),
            NextRunAt = Encodings.ToTime(row.GetString(5)),
            Enabled = row.GetBoolean(6),
            ProjectId = Encodings.ToId(row.GetString(7)),
            Model = row.GetString(8),
            LastRunAt = row.TimeOrNull(9),
            LastResultConversationId = row.TextOrNull(10) is { } conversation ? Encodings.ToId(conversation) : null,
            LastError = row.TextOrNull(11),
            MissedRuns = row.GetInt64(12),
            CreatedAt = Encodings.ToTime(row.GetString(13)),
            ModifiedAt = Encodings.ToTime(row.GetString(14)),
            Cron = cron,
            EveryMinutes = every,
            AnchorAt = row.TimeOrNull(17),
            MissedPolicy = row.GetString(18),
            OverlapPolicy = row.GetString(19),
            TimeLimitMinutes = Number(row, 20),
            MaxRetries = row.GetInt32(21),
            Harness = row.TextOrNull(22),
            NotifyUrl = row.TextOrNull(23),
            TriggerSecretHash = row.TextOrNull(24),
            Approvals = new(row.GetString(25), row.TextOrNull(26) is { } allowed ? JsonSerializer.Deserialize(allowed, ScheduleWriteJson.Default.IReadOnlyListString)! : []),
            TokenBudget = row.IsDBNull(27) ? null : row.GetInt64(27),
            NotifyToken = row.TextOrNull(28),
            NotifySecret = row.TextOrNull(29),
            Project = row.TextOrNull(30),
            ProjectPath = row.TextOrNull(31),
        };
    }

    /// <summary>The reference reads the column as one of its own four.</summary>
    static string StoredCadence(string cadence) => cadence switch
    {
        Cadence.Cron => Cadence.Daily,
        Cadence.Every => Cadence.Hourly,
        _ => cadence,
    };

    static int? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
