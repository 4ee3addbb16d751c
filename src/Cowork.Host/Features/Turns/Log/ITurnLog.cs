namespace Cowork.Host.Features.Turns.Log;

/// <summary>The frames of one turn, for a reader. Any number may read at the same time; none slows the writer or another.</summary>
interface ITurnLogReader
{
    /// <summary>How long a stream may be silent before a keep-alive line is sent.</summary>
    static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(15);

    /// <summary>Frames from a sequence number on, then live ones until the end.</summary>
    /// <param name="from">The first frame wanted, from 0.</param>
    /// <param name="ct">The reader went away.</param>
    /// <returns>
    /// Whole frames, several at once where they are there; each piece is valid until the next is asked for. An empty one when
    /// nothing came for <see cref="IdleInterval"/>.
    /// </returns>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(int from, CancellationToken ct);
}

/// <summary>Everything that one turn emits, in order: the writer's side.</summary>
interface ITurnLog
{
    /// <summary>Adds one SSE frame. One caller at a time; waits for nothing.</summary>
    void Append(ReadOnlySpan<byte> frame);

    /// <summary>Ends when what was appended and the terminal record are stored. Not before they are, however long that takes.</summary>
    Task WhenStored { get; }

    /// <summary>Ends when one attempt was made to store everything appended so far, without waiting for more to gather.</summary>
    Task FlushAsync();
}
