using Cowork.Host.Features.Approvals;

namespace Cowork.Host.Features.Schedules;

/// <summary>A prompt that is sent again and again, or once later.</summary>
sealed class Schedule
{
    public const string DefaultModel = "default";

    public required Guid Id { get; init; }
    public required string Title { get; set; }
    public required string Prompt { get; set; }

    /// <summary>One of <see cref="Schedules.Cadence"/>.</summary>
    public required string Cadence { get; set; }

    /// <summary>An IANA name.</summary>
    public required string Timezone { get; set; }
    public required DateTime NextRunAt { get; set; }
    public bool Enabled { get; set; } = true;
    public required Guid ProjectId { get; set; }
    public string Model { get; set; } = DefaultModel;

    /// <summary>The model that answers in place of the one of the settings; null for that one.</summary>
    public string? OwnModel => Model == DefaultModel ? null : Model;
    public DateTime? LastRunAt { get; set; }
    public Guid? LastResultConversationId { get; set; }
    public string? LastError { get; set; }
    public long MissedRuns { get; set; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime ModifiedAt { get; set; }

    /// <summary>Five fields; only for <see cref="Schedules.Cadence.Cron"/>.</summary>
    public string? Cron { get; set; }

    /// <summary>Only for <see cref="Schedules.Cadence.Every"/>.</summary>
    public int? EveryMinutes { get; set; }

    /// <summary>The moment that the user set; daily and weekly runs keep its wall-clock time. Null for rows of the reference.</summary>
    public DateTime? AnchorAt { get; set; }

    /// <summary>One of <see cref="Schedules.MissedPolicy"/>.</summary>
    public string MissedPolicy { get; set; } = Schedules.MissedPolicy.Skip;

    /// <summary>One of <see cref="Schedules.OverlapPolicy"/>.</summary>
    public string OverlapPolicy { get; set; } = Schedules.OverlapPolicy.Skip;

    /// <summary>For the whole run; null for the limit of the settings.</summary>
    public int? TimeLimitMinutes { get; set; }
    public int MaxRetries { get; set; }

    /// <summary>The agent that answers; null for the one of the settings.</summary>
    public string? Harness { get; set; }

    /// <summary>Where the end of each run is told, as it is shown; null for nowhere.</summary>
    public string? NotifyUrl { get; set; }

    /// <summary>The same address in full, encrypted.</summary>
    public string? NotifyToken { get; set; }

    /// <summary>What notices are signed with, encrypted; null to sign none.</summary>
    public string? NotifySecret { get; set; }
    public string? TriggerSecretHash { get; set; }

    /// <summary>What its runs may do without anybody to ask.</summary>
    public UnattendedApprovals Approvals { get; set; } = UnattendedApprovals.None;

    /// <summary>Tokens that one attempt may use; null for any number.</summary>
    public long? TokenBudget { get; set; }

    /// <summary>The project's name and folder; null when the project is gone.</summary>
    public string? Project { get; init; }
    public string? ProjectPath { get; init; }
}

static class Cadence
{
    public const string Once = "once";
    public const string Hourly = "hourly";
    public const string Daily = "daily";
    public const string Weekly = "weekly";
    public const string Cron = "cron";
    public const string Every = "every";

    public static readonly IReadOnlyList<string> All = [Once, Hourly, Daily, Weekly, Cron, Every];
}

/// <summary>What becomes of occurrences that passed while nobody could run them.</summary>
static class MissedPolicy
{
    /// <summary>They are counted.</summary>
    public const string Skip = "skip";

    /// <summary>The newest runs, the others are counted.</summary>
    public const string RunOnce = "run_once";

    /// <summary>The newest ones run one after another, up to a cap; older ones are counted.</summary>
    public const string RunAll = "run_all";

    public static readonly IReadOnlyList<string> All = [Skip, RunOnce, RunAll];
}

/// <summary>What happens when a schedule is due while its last run goes on.</summary>
static class OverlapPolicy
{
    /// <summary>The occurrence counts as missed.</summary>
    public const string Skip = "skip";

    /// <summary>It waits for the end of the run; at most one waits.</summary>
    public const string Queue = "queue";

    /// <summary>The run is stopped.</summary>
    public const string CancelPrevious = "cancel_previous";

    public static readonly IReadOnlyList<string> All = [Skip, Queue, CancelPrevious];
}
