using System.Text.Json.Serialization;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

/// <summary>A new schedule, or a change: then what is absent or null stays, and an empty text or 0 clears what may be empty.</summary>
/// <param name="NextRunAt">A <see cref="LenientTime"/>.</param>
/// <param name="ProjectId">Wins over the name.</param>
/// <param name="Project">The project's name.</param>
sealed record ScheduleWrite(
    string? Title = null,
    string? Prompt = null,
    string? Cadence = null,
    [property: JsonConverter(typeof(LenientTime))] string? NextRunAt = null,
    string? Timezone = null,
    string? ProjectId = null,
    string? Project = null,
    string? Model = null,
    [property: JsonConverter(typeof(LenientBool))] bool? Enabled = null,
    string? Cron = null,
    int? EveryMinutes = null,
    string? MissedPolicy = null,
    string? OverlapPolicy = null,
    int? TimeLimitMinutes = null,
    int? MaxRetries = null,
    string? Harness = null,
    string? NotifyUrl = null,
    string? ApprovalPolicy = null,
    IReadOnlyList<string>? ApprovedActions = null,
    long? TokenBudget = null);

/// <param name="NextRuns">The next five occurrences, none while it is off; absent in lists, which clients poll.</param>
/// <param name="NotifyUrl">Without what may be secret.</param>
sealed record ScheduleView(
    Guid Id, string Title, string Prompt, string Cadence, string? Cron, int? EveryMinutes, string Timezone, DateTime NextRunAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<DateTime>? NextRuns,
    bool Enabled, Guid ProjectId, string? Project, string? ProjectPath, string Model, string? Harness, DateTime? LastRunAt, Guid? LastResultConversationId,
    string? LastError, long MissedRuns, string MissedPolicy, string OverlapPolicy, int? TimeLimitMinutes, int MaxRetries, string? NotifyUrl, bool HasNotifySecret, bool HasTrigger,
    string ApprovalPolicy, IReadOnlyList<string> ApprovedActions, long? TokenBudget, DateTime CreatedAt, DateTime ModifiedAt)
{
    const int Previewed = 5;

    /// <summary>One schedule with what comes next.</summary>
    public static ScheduleView Of(Schedule s, DateTime now) =>
        OfList(s) with { NextRuns = s.Enabled ? Rhythm.Of(s).Preview(s.NextRunAt, now, Previewed) : [] };

    public static ScheduleView OfList(Schedule s) => new(
        s.Id, s.Title, s.Prompt, s.Cadence, s.Cron, s.EveryMinutes, s.Timezone, s.NextRunAt, NextRuns: null,
        s.Enabled, s.ProjectId, s.Project, s.ProjectPath, s.Model, s.Harness, s.LastRunAt, s.LastResultConversationId,
        s.LastError, s.MissedRuns, s.MissedPolicy, s.OverlapPolicy, s.TimeLimitMinutes, s.MaxRetries, s.NotifyUrl, s.NotifySecret is not null, s.TriggerSecretHash is not null,
        s.Approvals.Policy, s.Approvals.Allowed, s.TokenBudget, s.CreatedAt, s.ModifiedAt);
}

/// <param name="HasMore">Whether there are more after the last one.</param>
/// <param name="RunsIndex">Which conversation is a run of which schedule, for the newest runs.</param>
sealed record ScheduleList(IReadOnlyList<ScheduleView> Schedules, bool HasMore, [property: JsonPropertyName("runs_index")] IReadOnlyDictionary<string, Guid> RunsIndex);

/// <param name="SessionId">The conversation once more, under the name that the desktop client reads; likewise <paramref name="Manual"/>.</param>
/// <param name="OccurrenceAt">The moment that the run stands for; null for one that somebody started.</param>
sealed record RunView(
    Guid Id, Guid ScheduleId, DateTime StartedAt, DateTime? FinishedAt, long? DurationMs, string Status, string? Error, string? ErrorCode,
    Guid? ConversationId, Guid? SessionId, bool IsManual, bool Manual, DateTime? OccurrenceAt, int Attempt, long InputTokens, long OutputTokens, DateTime CreatedAt);

sealed record RunList(IReadOnlyList<RunView> Runs, bool HasMore);

sealed record RunStarted(string Detail, [property: JsonPropertyName("conversation_id")] Guid ConversationId, [property: JsonPropertyName("run_id")] Guid RunId);

/// <param name="Secret">Shown this once; only its hash is kept.</param>
sealed record TriggerSecret(string Secret, string Path);

/// <param name="Secret">Shown this once.</param>
sealed record NotifySecret(string Secret);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(ScheduleList))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(RunList))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(TriggerSecret))]
[JsonSerializable(typeof(NotifySecret))]
sealed partial class SchedulesJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ScheduleWrite))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
sealed partial class ScheduleWriteJson : JsonSerializerContext;
