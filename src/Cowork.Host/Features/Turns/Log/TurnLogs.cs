using System.Collections.Concurrent;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// The logs of all conversations: running ones, the newest finished ones in memory up to a budget, and all others in their
/// files. Thread-safe.
/// </summary>
[FeatureService]
sealed class TurnLogs : IDisposable
{
    /// <summary>How long a stream may be silent before a keep-alive line is sent.</summary>
    public static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(15);

    /// <summary>Memory for logs of finished turns.</summary>
    const long FinishedBudget = 16 * 1024 * 1024;
    readonly ServerOptions _options;
    readonly TurnLogFlusher _flusher;
    readonly ITimer _heartbeat;
    readonly ConcurrentDictionary<Guid, TurnLog> _latest = new();
    readonly Lock _finishedGate = new();
    readonly LinkedList<TurnLog> _finished = [];
    long _finishedSize;

    public TurnLogs(ServerOptions options, TurnLogFlusher flusher, TimeProvider time)
    {
        _options = options;
        _flusher = flusher;
        _heartbeat = time.CreateTimer(static logs => ((TurnLogs)logs!).Beat(), this, IdleInterval, IdleInterval);
    }

    /// <summary>Begins the log of a turn.</summary>
    public TurnLog Create(Guid conversationId, int number)
    {
        var log = new TurnLog(conversationId, number, TurnLogFile.Path(_options.StreamsRoot, conversationId, number), _flusher);
        _latest[conversationId] = log;
        return log;
    }

    /// <summary>The newest log of a conversation, from memory or else from its file; null when there is none.</summary>
    public ITurnLog? Find(Guid conversationId)
    {
        if (_latest.TryGetValue(conversationId, out var log))
            return log;
        return TurnLogFile.LastNumber(_options.StreamsRoot, conversationId) is { } number ? Load(conversationId, number) : null;
    }

    /// <summary>The log of one turn; null when it is gone.</summary>
    public ITurnLog? Find(Guid conversationId, int number)
    {
        if (_latest.TryGetValue(conversationId, out var log) && log.Number == number)
            return log;
        return File.Exists(TurnLogFile.Path(_options.StreamsRoot, conversationId, number)) ? Load(conversationId, number) : null;
    }

    /// <summary>Keeps a finished log for late readers while there is room; older ones are read from their files from then on.</summary>
    public void Finish(TurnLog log)
    {
        lock (_finishedGate)
        {
            _finished.AddLast(log);
            _finishedSize += log.Size;
            while (_finishedSize > FinishedBudget && _finished.First is { } oldest && oldest.Value.WhenStored.IsCompleted)
            {
                _finished.RemoveFirst();
                _finishedSize -= oldest.Value.Size;
                _latest.TryRemove(KeyValuePair.Create(oldest.Value.ConversationId, oldest.Value));
            }
        }
    }

    /// <summary>Whether a log file belongs to a turn that is not wholly written yet.</summary>
    public bool IsOpen(string path) => _latest.Values.Any(l => l.Path == path && !l.WhenStored.IsCompleted);

    /// <summary>Deletes logs of a conversation, in memory and on disk; none of it may be running.</summary>
    /// <param name="keep">Which numbers stay; null for none.</param>
    public async Task RemoveAsync(Guid conversationId, Func<int, bool>? keep = null)
    {
        if (_latest.TryGetValue(conversationId, out var log) && keep?.Invoke(log.Number) != true)
        {
            Forget(log);
            // Until then the flusher would make the file again.
            await log.WhenStored;
        }

        var folder = new DirectoryInfo(TurnLogFile.Folder(_options.StreamsRoot, conversationId));
        if (!folder.Exists)
            return;
        if (keep is null)
            folder.Delete(recursive: true);
        else
            foreach (var file in folder.EnumerateFiles())
                if (TurnLogFile.NumberOf(file.Name) is { } number && !keep(number))
                    file.Delete();
    }

    void Forget(TurnLog log)
    {
        _latest.TryRemove(KeyValuePair.Create(log.ConversationId, log));
        lock (_finishedGate)
            if (_finished.Remove(log))
                _finishedSize -= log.Size;
    }

    TurnLog Load(Guid conversationId, int number)
    {
        var path = TurnLogFile.Path(_options.StreamsRoot, conversationId, number);
        var content = TurnLogFile.Read(path);
        var log = new TurnLog(conversationId, number, path, flusher: null);
        foreach (var frame in content.Frames)
            log.Append(frame);
        log.Close(content.End ?? TurnLogEnd.Killed);
        log.MarkStored();
        return log;
    }

    void Beat()
    {
        foreach (var log in _latest.Values)
            if (log.End is null)
                log.Beat();
    }

    public void Dispose() => _heartbeat.Dispose();
}
