namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// Everything that one turn emitted, in order. One writer; any number of readers, who never slow the writer or each other.
/// The seam for several instances: what is above it must not assume that writer and readers share a process.
/// </summary>
interface ITurnLog
{
    Guid ConversationId { get; }

    /// <summary>The turn's number in its conversation.</summary>
    int Number { get; }

    /// <summary>Frames written, plus one for the terminal record once there is one.</summary>
    int RecordCount { get; }

    /// <summary>How the turn ended, or null while it runs.</summary>
    TurnLogEnd? End { get; }

    /// <summary>Adds one SSE frame. One caller at a time.</summary>
    void Append(ReadOnlySpan<byte> frame);

    /// <summary>Adds the terminal record; what is appended or closed after it is ignored.</summary>
    void Close(TurnLogEnd end);

    /// <summary>Ends when what was appended and the terminal record are in the file.</summary>
    Task WhenStored { get; }

    /// <summary>Ends when everything appended so far is in the file, without waiting for more to gather.</summary>
    Task FlushAsync();

    /// <summary>Frames from a sequence number on, then live ones until the end.</summary>
    /// <param name="from">The first frame wanted, from 0.</param>
    /// <param name="ct">The reader went away.</param>
    /// <returns>Runs of whole frames; an empty run when nothing came for <see cref="TurnLogs.IdleInterval"/>.</returns>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(int from, CancellationToken ct);
}

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
