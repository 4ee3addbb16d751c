using System.Collections.Concurrent;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// Logs in this process and in files: those that are not wholly on disk yet and the newest finished ones, up to a budget, are
/// read from memory, all others from their files.
/// </summary>
sealed class TurnLogs : ITurnLogs, IDisposable
{
    /// <summary>Memory for logs of finished turns.</summary>
    const long FinishedBudget = 16 * 1024 * 1024;
    readonly string _root;
    readonly TurnLogFlusher _flusher;
    readonly TimeProvider _time;
    readonly ITimer _heartbeat;

    /// <summary>A log leaves when its file is whole, never before: until then the file is only a piece of it.</summary>
    readonly ConcurrentDictionary<(Guid ConversationId, int Number), TurnLog> _held = new();

    /// <summary>The highest number among a conversation's held logs; no file has a higher one.</summary>
    readonly ConcurrentDictionary<Guid, int> _newest = new();
    readonly Lock _finishedGate = new();
    readonly LinkedList<TurnLog> _finished = [];
    long _finishedSize;

    public TurnLogs(ServerOptions options, TurnLogFlusher flusher, TimeProvider time)
    {
        (_root, _flusher, _time) = (options.StreamsRoot, flusher, time);
        _heartbeat = time.CreateTimer(static logs => ((TurnLogs)logs!).Beat(), this, ITurnLogReader.IdleInterval, ITurnLogReader.IdleInterval);
    }

    public ITurnLog Create(Guid conversationId, int number)
    {
        var log = new TurnLog(conversationId, number, PathOf(conversationId, number), _flusher);
        _held[(conversationId, number)] = log;
        _newest[conversationId] = number;
        return log;
    }

    public void Finish(ITurnLog log, TurnLogEnd end)
    {
        var finished = (TurnLog)log;
        finished.Close(end);
        lock (_finishedGate)
        {
            _finished.AddLast(finished);
            _finishedSize += finished.Size;
            for (var node = _finished.First; node is not null && _finishedSize > FinishedBudget;)
            {
                var next = node.Next;
                if (node.Value.WhenStored.IsCompleted)
                    Forget(node.Value);
                node = next;
            }
        }
    }

    public ValueTask<ITurnLogReader?> FindAsync(Guid conversationId, int number)
    {
        if (_held.TryGetValue((conversationId, number), out var log))
            return new(log);
        var path = PathOf(conversationId, number);
        return new(File.Exists(path) ? new StoredTurnLog(path) : null);
    }

    public ValueTask<int?> LastNumberAsync(Guid conversationId) =>
        new(_newest.TryGetValue(conversationId, out var newest) ? newest : TurnLogFile.LastNumber(_root, conversationId));

    public ValueTask<int> CountAsync(Guid conversationId, int number)
    {
        if (_held.TryGetValue((conversationId, number), out var log))
            return new(log.RecordCount);
        var path = PathOf(conversationId, number);
        if (!File.Exists(path))
            return new(0);
        return new(TurnLogFile.CountIfClosed(path) ?? TurnLogFile.Records(path).Count());
    }

    public async Task RemoveAsync(Guid conversationId, Func<int, bool>? keep = null)
    {
        foreach (var log in _held.Values.Where(l => l.ConversationId == conversationId && keep?.Invoke(l.Number) != true).ToList())
        {
            lock (_finishedGate)
                Forget(log);
            // Until then the flusher would make the file again.
            log.Discard();
            await log.WhenStored;
        }

        var folder = new DirectoryInfo(TurnLogFile.Folder(_root, conversationId));
        if (!folder.Exists)
            return;
        if (keep is null)
            folder.Delete(recursive: true);
        else
            foreach (var file in folder.EnumerateFiles())
                if (TurnLogFile.NumberOf(file.Name) is { } number && !keep(number))
                    file.Delete();
    }

    public ValueTask<TurnLogContent> ReadLeftAsync(Guid conversationId, int number)
    {
        var path = PathOf(conversationId, number);
        return new(File.Exists(path) ? TurnLogFile.Read(path) : new([], 0, null));
    }

    public ValueTask CloseLeftAsync(Guid conversationId, int number, int recordCount, byte[]? lastFrame, TurnLogEnd end)
    {
        TurnLogFile.Close(PathOf(conversationId, number), recordCount, lastFrame, end, _time.GetUtcNow());
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a file is one that this process is still writing.</summary>
    public bool IsOpen(FileInfo file) =>
        Guid.TryParse(file.Directory?.Name, out var conversation) && TurnLogFile.NumberOf(file.Name) is { } number
            && _held.TryGetValue((conversation, number), out var log) && !log.WhenStored.IsCompleted;

    string PathOf(Guid conversationId, int number) => TurnLogFile.Path(_root, conversationId, number);

    /// <summary>Call with the gate.</summary>
    void Forget(TurnLog log)
    {
        _held.TryRemove(KeyValuePair.Create((log.ConversationId, log.Number), log));
        _newest.TryRemove(KeyValuePair.Create(log.ConversationId, log.Number));
        if (_finished.Remove(log))
            _finishedSize -= log.Size;
    }

    void Beat()
    {
        foreach (var log in _held.Values)
            if (log.End is null)
                log.Beat();
    }

    public void Dispose() => _heartbeat.Dispose();
}
