namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// The logs of all turns: the only thing of this folder that the rest of the server knows. The seam for several instances: what is
/// above it must not assume that writer and readers of a log share a process. Thread-safe.
/// </summary>
interface ITurnLogs
{
    /// <summary>Begins the log of a turn; its readers find it from now on.</summary>
    /// <param name="number">The turn's number in its conversation; above <see cref="LastNumberAsync"/>.</param>
    ITurnLog Create(Guid conversationId, int number);

    /// <summary>Ends a log that <see cref="Create"/> began; what is appended after that is ignored.</summary>
    void Finish(ITurnLog log, TurnLogEnd end);

    /// <summary>The log of one turn, running or ended; null when there is none, or none any more.</summary>
    ValueTask<ITurnLogReader?> FindAsync(Guid conversationId, int number);

    /// <summary>The highest number that has a log in a conversation, whoever wrote it; null for none.</summary>
    ValueTask<int?> LastNumberAsync(Guid conversationId);

    /// <summary>How many records a log has, its terminal one included; 0 when there is none.</summary>
    ValueTask<int> CountAsync(Guid conversationId, int number);

    /// <summary>Deletes logs of a conversation; none of them may belong to a turn that runs.</summary>
    /// <param name="keep">Which numbers stay; null for none.</param>
    Task RemoveAsync(Guid conversationId, Func<int, bool>? keep = null);

    /// <summary>What a turn left behind whose process died; empty when it left nothing.</summary>
    ValueTask<TurnLogContent> ReadLeftAsync(Guid conversationId, int number);

    /// <summary>Gives a log that a dead process left open its end.</summary>
    /// <param name="recordCount">The records that it has.</param>
    /// <param name="lastFrame">The frame that tells readers of the end, or null when it is there.</param>
    ValueTask CloseLeftAsync(Guid conversationId, int number, int recordCount, byte[]? lastFrame, TurnLogEnd end);
}

/// <summary>What a stored log holds.</summary>
/// <param name="Frames">The frames, in order.</param>
/// <param name="RecordCount">Readable records, the terminal one included.</param>
/// <param name="End">The terminal record, or null when the log was cut off.</param>
sealed record TurnLogContent(IReadOnlyList<byte[]> Frames, int RecordCount, TurnLogEnd? End)
{
    /// <summary>The frame that ends a stream, or null when it is missing.</summary>
    public byte[]? TerminalFrame => Frames is [.., var last] && FrameBytes.IsTerminal(last) ? last : null;
}
