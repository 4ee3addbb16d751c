using System.Buffers;
using System.Collections.Concurrent;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// One thread that brings all logs to disk, a few dozen times a second. Writers only put their log into a queue once, so a
/// frame costs them nothing here; a process killed at any time loses at most what came since the last round.
/// </summary>
sealed partial class TurnLogFlusher : IDisposable
{
    /// <summary>How long frames are gathered before they are written.</summary>
    static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a file that could not be written is left alone; doubles with every failure in a row.</summary>
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    readonly ConcurrentQueue<TurnLog> _queue = new();
    readonly SemaphoreSlim _work = new(0);
    readonly ManualResetEventSlim _hurry = new();
    readonly Thread _thread;
    readonly TimeProvider _time;
    readonly ILogger _log;
    volatile bool _stopping;

    // Used by the thread alone.
    readonly Dictionary<TurnLog, Failing> _failing = [];

    public TurnLogFlusher(TimeProvider time, ILogger<TurnLogFlusher> log)
    {
        _time = time;
        _log = log;
        _thread = new(Run) { Name = "turn log flusher", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Asks for a log to be written; cheap and thread-safe.</summary>
    /// <param name="log">The log.</param>
    /// <param name="hurry">Whether to begin at once instead of letting more gather.</param>
    public void Enqueue(TurnLog log, bool hurry = false)
    {
        if (Interlocked.Exchange(ref log.Queued, 1) == 0)
        {
            _queue.Enqueue(log);
            // One permit is enough: a round empties the queue.
            if (_work.CurrentCount == 0)
                _work.Release();
        }

        // Last, or a round that begins now could use the haste up without having the log.
        if (hurry)
            _hurry.Set();
    }

    void Run()
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        while (true)
        {
            _work.Wait(_failing.Count == 0 ? Timeout.InfiniteTimeSpan : FirstPause);
            _hurry.Wait(Gather);
            _hurry.Reset();
            var last = _stopping;
            WriteQueued(buffer);
            WriteFailing(buffer, evenIfEarly: last);
            if (last)
            {
                _hurry.Dispose();
                return;
            }
        }
    }

    void WriteQueued(ArrayBufferWriter<byte> buffer)
    {
        while (_queue.TryDequeue(out var log))
        {
            // Cleared first: a frame that comes from here on queues the log again.
            Volatile.Write(ref log.Queued, 0);
            Interlocked.MemoryBarrier();
            if (!_failing.ContainsKey(log) || log.IsDiscarded)
                Write(log, buffer);
            else
                log.MarkFlushed(log.FlushesWanted);
        }
    }

    void WriteFailing(ArrayBufferWriter<byte> buffer, bool evenIfEarly)
    {
        if (_failing.Count == 0)
            return;
        foreach (var log in _failing.Where(f => evenIfEarly || _time.GetElapsedTime(f.Value.Since) >= f.Value.Pause).Select(f => f.Key).ToList())
            Write(log, buffer);
    }

    void Write(TurnLog log, ArrayBufferWriter<byte> buffer)
    {
        var flushes = log.FlushesWanted;
        if (!log.WhenStored.IsCompleted && (log.IsDiscarded || TryWrite(log, buffer)))
        {
            _failing.Remove(log);
            log.File.Dispose();
            log.MarkStored();
        }

        log.MarkFlushed(flushes);
    }

    /// <returns>Whether nothing of the log is left to write.</returns>
    bool TryWrite(TurnLog log, ArrayBufferWriter<byte> buffer)
    {
        try
        {
            var isComplete = log.File.Write(log, buffer, _time.GetUtcNow());
            _failing.Remove(log);
            return isComplete;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The turn goes on in memory and its answer still reaches the database at the end.
            buffer.ResetWrittenCount();
            var pause = _failing.TryGetValue(log, out var before) ? before.Pause * 2 : FirstPause;
            _failing[log] = new(_time.GetTimestamp(), pause < LongestPause ? pause : LongestPause);
            LogNotWritten(_log, e, log.Path);
            return false;
        }
    }

    /// <summary>Writes what is left, then ends the thread.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _hurry.Set();
        _work.Release();
        _thread.Join();
        _work.Dispose();
    }

    [LoggerMessage(LogLevel.Error, "The log {Path} of a turn could not be written; it is tried again")]
    static partial void LogNotWritten(ILogger log, Exception e, string path);

    /// <summary>Since when, and for how long, a log is left alone.</summary>
    sealed record Failing(long Since, TimeSpan Pause);
}
