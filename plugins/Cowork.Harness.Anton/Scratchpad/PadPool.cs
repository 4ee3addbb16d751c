using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>
/// The pads in memory. An interpreter stays alive between turns, so that variables are there at once; it is given back when nobody used it
/// for a while or others are used more. Its variables are on disk then and come back with the next cell.
/// </summary>
sealed partial class PadPool(ICellRuntime runtime, ScratchpadOptions options, TimeProvider time, ILogger<PadPool> logger) : IAsyncDisposable
{
    static readonly TimeSpan Forgotten = TimeSpan.FromDays(30);
    readonly ConcurrentDictionary<PadKey, Pad> _pads = new();
    long _uses;
    volatile bool _isDisposed;

    /// <summary>Interpreters that run now.</summary>
    public int Alive => _pads.Values.Count(pad => pad.Session is not null);

    /// <summary>Takes a pad; others wait until it is given back.</summary>
    public async Task<PadUse> UseAsync(PadKey key, CancellationToken ct)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var pad = _pads.GetOrAdd(key, key => new(key, FolderOf(key), runtime));
            await pad.Gate.WaitAsync(ct);
            if (!pad.IsClosed)
            {
                pad.LastUse = Interlocked.Increment(ref _uses);
                return new(this, pad);
            }

            pad.Gate.Release();
        }
    }

    public async ValueTask GiveBackAsync(Pad pad)
    {
        // A pad without an interpreter holds nothing that is not on disk.
        if (pad.Session is { IsAlive: true } && !_isDisposed)
        {
            pad.IdleTimer ??= time.CreateTimer(_ => _ = CloseIfIdleAsync(pad), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            pad.IdleTimer.Change(options.IdleLimit, Timeout.InfiniteTimeSpan);
            pad.Gate.Release();
        }
        else
        {
            await CloseAsync(pad);
        }

        await TrimAsync(options.MaxPads);
    }

    /// <summary>Makes room for one more interpreter. Those in use are left alone, even when they are too many.</summary>
    public Task MakeRoomAsync() => TrimAsync(options.MaxPads - 1);

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Task.WhenAll(_pads.Values.Select(async pad =>
        {
            // A cell that still runs belongs to a turn whose time is over; who gives its pad back closes it.
            if (pad.Gate.Wait(0))
                await CloseAsync(pad);
            else if (pad.Session is { } session)
                await session.KillAsync();
        }));
    }

    async Task TrimAsync(int most)
    {
        foreach (var pad in _pads.Values.Where(pad => pad.Session is not null).OrderBy(pad => pad.LastUse))
        {
            if (Alive <= most)
                return;
            if (pad.Gate.Wait(0))
                await CloseAsync(pad);
        }
    }

    async Task CloseIfIdleAsync(Pad pad)
    {
        if (pad.Gate.Wait(0))
            await CloseAsync(pad);
    }

    /// <summary>The caller holds the gate; it is opened here.</summary>
    async Task CloseAsync(Pad pad)
    {
        try
        {
            if (!pad.IsClosed)
                await pad.CloseAsync();
        }
        catch (Exception e)
        {
            PadDidNotClose(logger, e);
        }
        finally
        {
            _pads.TryRemove(KeyValuePair.Create(pad.Key, pad));
            pad.Gate.Release();
        }
    }

    /// <summary>Deletes all pads of a conversation: code, output and variables.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public async Task ForgetAsync(Guid conversation, CancellationToken ct)
    {
        foreach (var key in _pads.Keys.Where(key => key.Conversation == conversation))
        {
            await using var pad = await UseAsync(key, ct);
            await pad.ResetAsync();
        }

        var folder = Path.Combine(Root, conversation.ToString());
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    string Root => Path.Combine(options.DataDirectory, "pads");

    string FolderOf(PadKey key) => Path.Combine(Root, key.Conversation.ToString(), key.Name);

    /// <summary>Deletes what nobody has used for long: variables can be large, and not every host says when a conversation is deleted.</summary>
    public void Sweep()
    {
        try
        {
            var root = new DirectoryInfo(Root);
            if (!root.Exists)
                return;
            var oldest = time.GetUtcNow() - Forgotten;
            foreach (var conversation in root.EnumerateDirectories())
            {
                var last = conversation.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.LastWriteTimeUtc).Append(conversation.LastWriteTimeUtc).Max();
                if (last < oldest.UtcDateTime && !_pads.Keys.Any(key => key.Conversation.ToString() == conversation.Name))
                    conversation.Delete(recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            OldPadsStayed(logger, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A scratchpad could not be closed properly.")]
    static partial void PadDidNotClose(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Old scratchpads could not be deleted: {Reason}")]
    static partial void OldPadsStayed(ILogger logger, string reason);
}

/// <summary>A pad for one caller.</summary>
sealed class PadUse(PadPool pool, Pad pad) : IAsyncDisposable
{
    public CellLog Log => pad.Log;

    /// <summary>A running interpreter, and what to tell of a restart.</summary>
    public async Task<(ICellSession Session, string? Notice)> SessionAsync(string directory, CancellationToken ct)
    {
        if (pad.Session is null)
            await pool.MakeRoomAsync();
        return await pad.SessionAsync(directory, ct);
    }

    public Task ResetAsync() => pad.ResetAsync();

    public ValueTask DisposeAsync() => pool.GiveBackAsync(pad);
}
