using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>A turn's log in this process: frames in memory for readers, written to the file by the flusher.</summary>
/// <param name="path">The file.</param>
/// <param name="flusher">Writes the file; null for a log that has none.</param>
sealed class TurnLog(Guid conversationId, int number, string path, TurnLogFlusher? flusher) : ITurnLog, ITurnLogReader
{
    readonly FrameStore _frames = new();
    readonly ChangeSignal _signal = new();
    readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ConcurrentQueue<TaskCompletionSource> _flushes = new();
    volatile TurnLogEnd? _end;
    volatile bool _discarded;

    public Guid ConversationId => conversationId;

    /// <summary>The turn's number in its conversation.</summary>
    public int Number => number;
    public string Path => path;

    /// <summary>How the turn ended, or null while it runs.</summary>
    public TurnLogEnd? End => _end;
    public int FrameCount => _frames.Count;

    /// <summary>Frames written, plus one for the terminal record once there is one.</summary>
    public int RecordCount => _frames.Count + (_end is null ? 0 : 1);
    public long Size => _frames.Size;
    public Task WhenStored => _stored.Task;

    /// <summary>Whether nobody wants the file any more.</summary>
    public bool IsDiscarded => _discarded;

    /// <summary>The writer's side of the file; used by the flusher's thread only.</summary>
    public TurnLogFileWriter File { get; } = new(path);

    /// <summary>1 while the log waits in the flusher's queue.</summary>
    public ref int Queued => ref _queued;
    int _queued;
    int _beats;

    public void Append(ReadOnlySpan<byte> frame)
    {
        if (_end is not null)
            return;
        _frames.Append(frame);
        _signal.Raise();
        flusher?.Enqueue(this);
    }

    /// <summary>Adds the terminal record; what is appended or closed after it is ignored.</summary>
    public void Close(TurnLogEnd end)
    {
        if (_end is not null)
            return;
        _end = end;
        _signal.Raise();
        flusher?.Enqueue(this);
    }

    /// <summary>Lets the file go as it is: the log counts as stored as soon as the flusher has put it down.</summary>
    public void Discard()
    {
        _discarded = true;
        flusher?.Enqueue(this, hurry: true);
    }

    /// <summary>Lets waiting readers send their keep-alive lines.</summary>
    public void Beat()
    {
        Interlocked.Increment(ref _beats);
        _signal.Raise();
    }

    public void MarkStored() => _stored.TrySetResult();

    public Task FlushAsync()
    {
        if (flusher is null)
            return Task.CompletedTask;
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _flushes.Enqueue(flushed);
        flusher.Enqueue(this, hurry: true);
        return flushed.Task;
    }

    /// <summary>Ends the waits that began before the round of writing that is over now.</summary>
    /// <param name="count">How many there were when the round began.</param>
    public void MarkFlushed(int count)
    {
        while (count-- > 0 && _flushes.TryDequeue(out var flushed))
            flushed.SetResult();
    }

    /// <summary>How many wait for a flush.</summary>
    public int FlushesWanted => _flushes.Count;

    public ReadOnlySpan<byte> Frame(int index) => _frames[index];

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(int from, [EnumeratorCancellation] CancellationToken ct)
    {
        // Wakes the reader to notice; cheaper than a cancellable wait for every frame.
        await using var gone = ct.UnsafeRegister(static s => ((ChangeSignal)s!).Raise(), _signal);
        var next = from;
        var beats = _beats;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            // The end is read before the count: whoever sees the end also sees every frame before it.
            var ended = _end is not null;
            var count = _frames.Count;
            while (next < count)
                yield return _frames.Run(next, count, out next);
            if (ended)
                yield break;

            var change = _signal.NextAsync();
            if (_frames.Count > next || _end is not null)
                continue;
            if (ct.IsCancellationRequested)
                continue;
            await change;
            if (_frames.Count <= next && _end is null && beats != (beats = _beats))
                yield return ReadOnlyMemory<byte>.Empty;
        }
    }
}
