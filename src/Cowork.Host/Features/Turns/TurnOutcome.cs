using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>How a turn ended.</summary>
/// <param name="Status">A terminal status of <see cref="TurnStatus"/>.</param>
/// <param name="ErrorCode">A code of <see cref="FailureCodes"/>; null on success.</param>
/// <param name="Error">A sentence for people; null on success.</param>
/// <param name="Retryable">Whether sending the same message again may succeed.</param>
sealed record TurnOutcome(string Status, string? ErrorCode = null, string? Error = null, bool Retryable = false)
{
    public static readonly TurnOutcome Completed = new(TurnStatus.Completed);
    public static readonly TurnOutcome Cancelled = new(TurnStatus.Cancelled, FailureCodes.Cancelled, "Stopped by user.");
    public static readonly TurnOutcome Stopped = new(TurnStatus.Interrupted, FailureCodes.Interrupted, "The server was stopped before the answer was complete. What had arrived is kept.", Retryable: true);
    public static readonly TurnOutcome Killed = new(TurnStatus.Interrupted, FailureCodes.Interrupted, "The server ended unexpectedly before the answer was complete. What had arrived is kept.", Retryable: true);
    public static readonly TurnOutcome PluginReplaced = new(TurnStatus.Failed, FailureCodes.PluginReplaced, "The agent was updated, disabled or removed, and this turn did not finish in time. Send the message again.", Retryable: true);
    public static readonly TurnOutcome Defect = new(TurnStatus.Failed, FailureCodes.InternalError, "Something went wrong in the agent. The server's log says more.");

    public static TurnOutcome OverBudget(long tokens) =>
        new(TurnStatus.Failed, FailureCodes.TokenLimit, $"The turn has used more than the {tokens} tokens that it was given, and was stopped. Give it more tokens, or ask for less.");

    public static TurnOutcome UnknownHarness(string id) =>
        new(TurnStatus.Failed, FailureCodes.UnknownHarness, $"The agent '{id}' is not installed or not active. Choose another one in the settings.");

    public static TurnOutcome Of(HarnessException e) => new(TurnStatus.Failed, e.Code, e.UserMessage, e.Retryable);
}
