using System.Collections.Concurrent;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>The rules of turns: one at a time per conversation, none lost, any of them can be stopped. Thread-safe.</summary>
[FeatureService]
sealed class TurnService : IAsyncDisposable
{
    static readonly TimeSpan HoldRetry = TimeSpan.FromMilliseconds(20);
    readonly TurnStore _store;
    readonly TurnRunner _runner;
    readonly TurnLogs _logs;
    readonly ILeases _leases;
    readonly IRunBus _bus;
    readonly ServerOptions _options;
    readonly IDisposable _notices;
    readonly ConcurrentDictionary<Guid, ActiveTurn> _active = new();
    readonly ConcurrentDictionary<Guid, Task> _runs = new();
    volatile bool _stopping;

    public TurnService(TurnStore store, TurnRunner runner, TurnLogs logs, ILeases leases, IRunBus bus, ServerOptions options)
    {
        (_store, _runner, _logs, _leases, _bus, _options) = (store, runner, logs, leases, bus, options);
        _notices = bus.Subscribe((notice, turn) =>
        {
            if (notice == RunNotice.CancelRequested && _active.TryGetValue(turn, out var active))
                active.Stop(TurnOutcome.Cancelled);
        });
    }

    /// <summary>Stores a turn and starts it, unless another one of its conversation is running; then it waits its turn.</summary>
    /// <param name="turn">The new turn.</param>
    /// <param name="newConversation">The conversation's row when it does not exist yet.</param>
    /// <param name="rejectWhenBusy">Whether to refuse instead of waiting.</param>
    /// <param name="ct">The request; once stored the turn does not depend on it.</param>
    /// <exception cref="ApiException">409: the conversation is busy and the caller did not want to wait.</exception>
    public async Task<Turn> SubmitAsync(Turn turn, Conversation? newConversation, bool rejectWhenBusy, CancellationToken ct)
    {
        if (_stopping)
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "stopping", "The server is shutting down. Send the message again in a moment.");
        var lease = TryLease(turn.ConversationId);
        if (lease is null && rejectWhenBusy)
            throw ApiException.Conflict("conversation_busy", "This conversation is still working on the message before. Wait for it, or stop it.");
        try
        {
            // Log files of the reference may already be there under the first numbers.
            var firstNumber = newConversation is null && TurnLogFile.LastNumber(_options.StreamsRoot, turn.ConversationId) is { } last ? last + 1 : 0;
            var started = await _store.AcceptAsync(turn, newConversation, firstNumber, start: lease is not null, ct);
            if (lease is not null && started is not null)
            {
                Start(started, lease);
                lease = null;
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
            lease?.Dispose();
        }
    }

    /// <summary>The turn that runs now in a conversation.</summary>
    public Turn? Running(Guid conversationId) => _store.Open(conversationId).FirstOrDefault(t => t.Status == TurnStatus.Running);

    /// <summary>Stops the running turn of a conversation; ends when it has ended.</summary>
    /// <returns>False when none was running.</returns>
    public async Task<bool> CancelRunningAsync(Guid conversationId, CancellationToken ct) =>
        Running(conversationId) is { } turn && await CancelAsync(turn, ct);

    /// <summary>Stops a turn that runs, or takes one that waits out of the queue.</summary>
    /// <returns>False when it had ended already.</returns>
    public async Task<bool> CancelAsync(Turn turn, CancellationToken ct)
    {
        if (turn.Status == TurnStatus.Queued && await _store.WithdrawAsync(turn.ConversationId, turn.Id, ct))
        {
            _bus.Publish(RunNotice.Withdrawn, turn.Id);
            return true;
        }

        if (!_active.TryGetValue(turn.Id, out var active))
            return false;
        _bus.Publish(RunNotice.CancelRequested, turn.Id);
        return (await active.Ended.WaitAsync(ct)).Status == TurnStatus.Cancelled;
    }

    /// <summary>Stops everything in a conversation, waiting turns included; ends when nothing of it runs.</summary>
    public async Task StopAllAsync(Guid conversationId, CancellationToken ct)
    {
        foreach (var turn in await _store.WithdrawAllAsync(conversationId))
            _bus.Publish(RunNotice.Withdrawn, turn);
        await CancelRunningAsync(conversationId, ct);
    }

    /// <summary>Stops everything in a conversation and keeps it still: nothing starts in it until the hold is disposed.</summary>
    public async Task<IAsyncDisposable> HoldAsync(Guid conversationId, CancellationToken ct)
    {
        ILease? lease;
        for (var attempt = 0; (lease = TryLease(conversationId)) is null; attempt++)
        {
            // Stopped and still taken: somebody else holds it, who takes a while.
            if (attempt > 0)
                await Task.Delay(HoldRetry, ct);
            await StopAllAsync(conversationId, ct);
        }

        try
        {
            // What came into the queue meanwhile is stopped too.
            if (_store.Open(conversationId) is not [])
                await StopAllAsync(conversationId, ct);
            return new Hold(this, conversationId, lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Ends when the turn has ended, or at once when it runs nowhere.</summary>
    public async Task WaitForEndAsync(Guid turnId, CancellationToken ct)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var notices = _bus.Subscribe((notice, turn) =>
        {
            if (turn == turnId && notice is RunNotice.Ended or RunNotice.Withdrawn)
                ended.TrySetResult();
        });
        if (_store.Find(turnId) is { Status: TurnStatus.Queued or TurnStatus.Running })
            await ended.Task.WaitAsync(ct);
    }

    /// <summary>Ends when a waiting turn has started.</summary>
    /// <returns>The turn as it runs; null when it was taken out of the queue.</returns>
    public async Task<Turn?> WaitForStartAsync(Turn turn, TimeSpan patience, CancellationToken ct)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var notices = _bus.Subscribe((notice, id) =>
        {
            if (id == turn.Id && notice is RunNotice.Started or RunNotice.Withdrawn)
                changed.TrySetResult();
        });
        if (_store.Find(turn.Id) is { Status: TurnStatus.Queued })
            await changed.Task.WaitAsync(patience, ct).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        ct.ThrowIfCancellationRequested();
        return _store.Find(turn.Id);
    }

    /// <summary>Runs what waited when the process ended; called once at start.</summary>
    public async Task ResumeQueuesAsync()
    {
        if (!_store.HasQueued())
            return;
        foreach (var conversation in _store.Open().Select(t => t.ConversationId).Distinct())
            await StartNextAsync(conversation);
    }

    /// <summary>Stops all runs because the server ends; what they had is stored.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        foreach (var active in _active.Values)
            active.Stop(TurnOutcome.Stopped);
        await Task.WhenAll(_runs.Values);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _notices.Dispose();
    }

    ILease? TryLease(Guid conversationId) => _leases.TryAcquire($"conversation:{conversationId}");

    async Task StartNextAsync(Guid conversationId)
    {
        // Mostly nobody waits, and a look costs less than a write. Again after a look that held the lease: a message stored
        // meanwhile found it taken, and nobody else would start it.
        while (!_stopping && _store.HasQueued(conversationId) && TryLease(conversationId) is { } lease)
        {
            Turn? next = null;
            try
            {
                next = await _store.StartNextAsync(conversationId);
            }
            finally
            {
                if (next is null)
                    lease.Dispose();
            }

            if (next is not null)
            {
                Start(next, lease);
                return;
            }
        }
    }

    void Start(Turn turn, ILease lease)
    {
        var active = new ActiveTurn(turn, _logs.Create(turn.ConversationId, turn.Number));
        _active[turn.Id] = active;
        _bus.Publish(RunNotice.Started, turn.Id);
        _runs[turn.Id] = RunAsync(active, lease);
    }

    async Task RunAsync(ActiveTurn active, ILease lease)
    {
        var turn = active.Turn;
        var outcome = await _runner.RunAsync(active);
        _active.TryRemove(turn.Id, out _);
        lease.Dispose();
        active.MarkEnded(outcome);
        _bus.Publish(RunNotice.Ended, turn.Id);
        // After the lease is free: a message stored meanwhile finds either the free lease or this look at the queue.
        await StartNextAsync(turn.ConversationId);
        await _runner.SettleAsync(active);
        active.Dispose();
        _runs.TryRemove(turn.Id, out _);
    }

    sealed class Hold(TurnService turns, Guid conversationId, ILease lease) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            lease.Dispose();
            await turns.StartNextAsync(conversationId);
        }
    }
}
