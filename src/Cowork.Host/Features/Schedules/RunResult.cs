using System.Globalization;
using Cowork.Abstractions;
using Cowork.Host.Features.Turns;

namespace Cowork.Host.Features.Schedules;

/// <summary>How a run ended.</summary>
/// <param name="Status"><see cref="Success"/> or <see cref="Failed"/>.</param>
/// <param name="ErrorCode">A code of <see cref="FailureCodes"/>, or one of the API; null on success.</param>
/// <param name="Error">A sentence for people; null on success.</param>
sealed record RunResult(string Status, string? ErrorCode = null, string? Error = null, long InputTokens = 0, long OutputTokens = 0)
{
    public const string Running = "running";
    public const string Success = "success";
    public const string Failed = "failed";

    public static readonly RunResult NothingYet = new(Running);
    public static readonly RunResult Interrupted = new(Failed, FailureCodes.Interrupted, "The server ended while this run was going on. What had arrived is in its conversation.");
    public static readonly RunResult NeverBegun = new(Failed, FailureCodes.Interrupted, "The server ended before this run had begun. Nothing was done; run the schedule by hand to make up for it.");
    public static readonly RunResult Superseded = new(Failed, FailureCodes.Cancelled, "A newer run of this schedule took its place.");
    public static readonly RunResult Stopped = new(Failed, FailureCodes.Cancelled, "The run was stopped.");
    public static readonly RunResult Paused = new(Failed, FailureCodes.Cancelled, "The schedule was paused before this run had begun.");
    public static readonly RunResult Deleted = new(Failed, FailureCodes.Cancelled, "The schedule was deleted.");
    public static readonly RunResult ProjectGone = new(Failed, "project_not_found", "The project of this schedule no longer exists. Choose another project for the schedule.");
    public static readonly RunResult Defect = new(Failed, FailureCodes.InternalError, "Something went wrong in the server. Its log says more.");

    static readonly string[] Transient = [FailureCodes.ProviderOverloaded, FailureCodes.RateLimited, FailureCodes.ConnectionLost, FailureCodes.PluginReplaced];

    /// <summary>Whether the same prompt may succeed a little later.</summary>
    public bool IsTransient => Transient.Contains(ErrorCode);

    public static RunResult TimedOut(int minutes) =>
        new(Failed, FailureCodes.TimedOut, string.Create(CultureInfo.InvariantCulture, $"The run took longer than {minutes} {(minutes == 1 ? "minute" : "minutes")}, the limit for this schedule, and was stopped."));

    /// <param name="turn">Null when it was deleted with its conversation.</param>
    public static RunResult Of(Turn? turn) => turn?.Status switch
    {
        null => new(Failed, FailureCodes.Cancelled, "The conversation of this run was deleted while the run was going on."),
        TurnStatus.Completed => new(Success, InputTokens: turn.InputTokens, OutputTokens: turn.OutputTokens),
        TurnStatus.Queued or TurnStatus.Running => Interrupted,
        _ => new(Failed, turn.ErrorCode, turn.Error, turn.InputTokens, turn.OutputTokens),
    };

    /// <summary>This end, with the tokens that were used before it as well.</summary>
    public RunResult After(RunResult before) => this with { InputTokens = InputTokens + before.InputTokens, OutputTokens = OutputTokens + before.OutputTokens };
}
