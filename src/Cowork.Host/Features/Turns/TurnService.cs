using System.Collections.Concurrent;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>The rules of turns: one at a time per conversation, none lost, any of them can be stopped. Thread-safe.</summary>
[FeatureService]
sealed partial class TurnService : IAsyncDisposable
{
    static readonly TimeSpan HoldRetry = TimeSpan.FromMilliseconds(20);
    readonly TurnStore _store;
    readonly TurnRunner _runner;
    readonly ITurnLogs _logs;
    readonly ILeases _leases;
    readonly IRunBus _bus;
    readonly Persistence _persistence;
    readonly ConversationWork _work;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly IDisposable _notices;
    readonly ConcurrentDictionary<Guid, ActiveTurn> _active = new();
    readonly ConcurrentDictionary<Guid, Task> _runs = new();
    readonly CancellationTokenSource _shutdown = new();

    /// <summary>The token outlives its source, which whoever comes late must not ask.</summary>
    readonly CancellationToken _stopping;

    public TurnService(
        TurnStore store, TurnRunner runner, ITurnLogs logs, ILeases leases, IRunBus bus, Persistence persistence, ConversationWork work, TimeProvider time,
        ILogger<TurnService> log)
    {
        (_store, _runner, _logs, _leases, _bus, _persistence, _work, _time, _log) = (store, runner, logs, leases, bus, persistence, work, time, log);
        _stopping = _shutdown.Token;
        _notices = bus.Subscribe((notice, turn) =>
        {
            if (notice == RunNotice.CancelRequested && _active.TryGetValue(turn, out var active))
                active.Stop(TurnOutcome.Cancelled);
        });
    }

    /// <summary>Whether the server is about to end; then nothing starts any more.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Turns that run in this process.</summary>
    public int RunCount => _runs.Count;

    /// <summary>Stores a turn and starts it, unless another one of its conversation is running; then it waits its turn.</summary>
    /// <param name="turn">The new turn.</param>
    /// <param name="newConversation">The conversation's row when it does not exist yet.</param>
    /// <param name="rejectWhenBusy">Whether to refuse instead of waiting.</param>
    /// <param name="ct">The request; once stored the turn does not depend on it.</param>
    /// <exception cref="ApiException">409: the conversation is busy and the caller did not want to wait; 429: too many wait already; 503: the server ends.</exception>
    public async Task<Turn> SubmitAsync(Turn turn, Conversation? newConversation, bool rejectWhenBusy, CancellationToken ct)
    {
        if (IsStopping)
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "stopping", "The server is shutting down. Send the message again in a moment.");
        var lease = await _leases.TryAcquireAsync(turn.ConversationId);
        if (lease is null && rejectWhenBusy)
            throw ApiException.Conflict("conversation_busy", "This conversation is still working on the message before. Wait for it, or stop it.");
        try
        {
            // Logs of another server may be there, even under an id that a client has just made up.
            var lastLog = await _logs.LastNumberAsync(turn.ConversationId);
            var started = await _store.AcceptAsync(turn, newConversation, (lastLog ?? -1) + 1, start: lease is not null, ct);
            if (lease is not null && started is not null)
            {
                var held = lease;
                lease = null;
                await StartAsync(started, held);
            }
            else if (lease is null)
            {
                // The running turn may have ended between the look at the lease and the row; nobody else would start this one then.
                await StartNextAsync(turn.ConversationId);
            }

            return turn;
        }
        finally
        {
            if (lease is not null)
            {
                await lease.DisposeAsync();
                // This message was refused or given up; another one that came meanwhile found the lease taken.
                await StartNextAsync(turn.ConversationId);
            }
        }
    }

    public Turn? Find(Guid turnId) => _store.Find(turnId);

    /// <summary>The turn that runs now in a conversation: the newest that says so, as an older one is one whose end could not be stored.</summary>
    public Turn? Running(Guid conversationId) => _store.Open(conversationId).LastOrDefault(t => t.Status == TurnStatus.Running);

    /// <summary>Stops everything in a conversation and keeps it still: nothing starts in it until the hold is disposed.</summary>
    public async Task<IAsyncDisposable> HoldAsync(Guid conversationId, CancellationToken ct)
    {
        ILease? lease;
        for (var attempt = 0; (lease = await _leases.TryAcquireAsync(conversationId)) is null; attempt++)
        {
            // Stopped and still taken: somebody else holds it, who takes a while.
            if (attempt > 0)
                await Task.Delay(HoldRetry, _time, ct);
            await WithdrawAllAsync(conversationId);
            await CancelRunningAsync(conversationId, ct);
        }

        try
        {
            // What came into the queue meanwhile; nothing runs while the lease is ours.
            await WithdrawAllAsync(conversationId);
            return new Hold(this, conversationId, lease);
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells everyone who waits for these turns that they will not run.</summary>
    public async ValueTask AnnounceWithdrawnAsync(IEnumerable<Guid> turns)
    {
        foreach (var turn in turns)
            await _bus.PublishAsync(RunNotice.Withdrawn, turn);
    }

    /// <summary>Runs what waited when the process ended; called once at start.</summary>
    public async Task ResumeQueuesAsync()
    {
        if (!_store.HasQueued())
            return;
        foreach (var conversation in _store.Open().Select(t => t.ConversationId).Distinct())
            await StartNextAsync(conversation);
    }

    /// <summary>Stops all runs because the server ends; what they had is stored, and whoever waits is told.</summary>
    public async Task StopAsync()
    {
        await _shutdown.CancelAsync();
        foreach (var active in _active.Values)
            active.Stop(TurnOutcome.Stopped);
        while (!_runs.IsEmpty)
            await Task.WhenAll(_runs.Values);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _notices.Dispose();
        _shutdown.Dispose();
    }

    async Task WithdrawAllAsync(Guid conversationId)
    {
        if (_store.HasQueued(conversationId))
            await AnnounceWithdrawnAsync(await _store.WithdrawAllAsync(conversationId));
    }

    async Task StartNextAsync(Guid conversationId)
    {
        // Mostly nobody waits, and a look costs less than a write. Again after a look that held the lease: a message stored
        // meanwhile found it taken, and nobody else would start it.
        while (!IsStopping && _store.HasQueued(conversationId) && await _leases.TryAcquireAsync(conversationId) is { } lease)
        {
            Turn? next = null;
            try
            {
                next = await _persistence.RetryAsync(() => _store.StartNextAsync(conversationId), conversationId, _stopping);
            }
            finally
            {
                if (next is null)
                    await lease.DisposeAsync();
            }

            if (next is not null)
            {
                await StartAsync(next, lease);
                return;
            }
        }
    }

    ValueTask StartAsync(Turn turn, ILease lease)
    {
        var active = new ActiveTurn(turn, _logs.Create(turn.ConversationId, turn.Number));
        // Before it is announced: whoever wants to stop it asks again when it hears of the start.
        _active[turn.Id] = active;
        var run = RunAsync(active, lease);
        _runs[turn.Id] = run;
        if (run.IsCompleted)
            _runs.TryRemove(turn.Id, out _);
        // Accepted just before the end, it was not among those that are stopped.
        if (IsStopping)
            active.Stop(TurnOutcome.Stopped);
        return _bus.PublishAsync(RunNotice.Started, turn.Id);
    }

    async Task RunAsync(ActiveTurn active, ILease lease)
    {
        var turn = active.Turn;
        try
        {
            await _runner.RunAsync(active, _stopping);
            _active.TryRemove(turn.Id, out _);
            await lease.DisposeAsync();
            await _bus.PublishAsync(RunNotice.Ended, turn.Id);
            // After the lease is free: a message stored meanwhile finds either the free lease or this look at the queue.
            await StartNextAsync(turn.ConversationId);
        }
        catch (Exception e)
        {
            QueueNotStarted(_log, e, turn.ConversationId);
        }
        finally
        {
            await _runner.SettleAsync(active, _stopping);
            active.Dispose();
            _runs.TryRemove(turn.Id, out _);
        }
    }

    [LoggerMessage(LogLevel.Error, "What waits in conversation {Conversation} could not be started; the next message or the next start does it")]
    static partial void QueueNotStarted(ILogger log, Exception e, Guid conversation);

    sealed class Hold(TurnService turns, Guid conversationId, ILease lease) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await lease.DisposeAsync();
            await turns.StartNextAsync(conversationId);
        }
    }
}
