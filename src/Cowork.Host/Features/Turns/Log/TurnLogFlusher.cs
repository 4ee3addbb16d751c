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
    readonly ConcurrentQueue<TurnLog> _queue = new();
    readonly SemaphoreSlim _work = new(0);
    readonly ManualResetEventSlim _hurry = new();
    readonly Thread _thread;
    readonly TimeProvider _time;
    readonly ILogger _log;
    volatile bool _stopping;

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
            _work.Wait();
            _hurry.Wait(Gather);
            _hurry.Reset();
            var last = _stopping;
            while (_queue.TryDequeue(out var log))
            {
                // Cleared first: a frame that comes from here on queues the log again.
                Volatile.Write(ref log.Queued, 0);
                Interlocked.MemoryBarrier();
                Write(log, buffer);
            }

            if (last)
            {
                _hurry.Dispose();
                return;
            }
        }
    }

    void Write(TurnLog log, ArrayBufferWriter<byte> buffer)
    {
        var flushes = log.FlushesWanted;
        var isComplete = TryWrite(log, buffer);
        log.MarkFlushed(flushes);
        if (!isComplete)
            return;
        log.File?.Dispose();
        log.File = null;
        log.MarkStored();
    }

    /// <returns>Whether nothing of the log is left to write.</returns>
    bool TryWrite(TurnLog log, ArrayBufferWriter<byte> buffer)
    {
        try
        {
            log.File ??= new(log.Path);
            return log.File.Write(log, buffer, _time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The turn goes on in memory and its answer still reaches the database at the end.
            buffer.ResetWrittenCount();
            LogNotWritten(_log, e, log.Path);
            return log.End is not null;
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

    [LoggerMessage(LogLevel.Error, "The log {Path} of a turn could not be written")]
    static partial void LogNotWritten(ILogger log, Exception e, string path);
}
