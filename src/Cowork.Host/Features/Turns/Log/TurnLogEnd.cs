namespace Cowork.Host.Features.Turns.Log;

/// <summary>The terminal record of a log: its type and reason as the reference writes them.</summary>
sealed record TurnLogEnd(string Type, string Reason)
{
    public static readonly TurnLogEnd Completed = new("Done", "completed");
    public static readonly TurnLogEnd Cancelled = new("Cancelled", "cancelled");
    public static readonly TurnLogEnd Failed = new("Error", "error");
    public static readonly TurnLogEnd Stopped = new("Interrupted", "interrupted");
    public static readonly TurnLogEnd Killed = new("Interrupted", "restart");

    public static TurnLogEnd Of(string status) => status switch
    {
        TurnStatus.Completed => Completed,
        TurnStatus.Cancelled => Cancelled,
        TurnStatus.Interrupted => Stopped,
        _ => Failed,
    };
}
