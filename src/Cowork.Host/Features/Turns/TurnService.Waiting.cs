using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>Stopping a turn and waiting for one, wherever it runs: what is known of it is its row and what the bus tells.</summary>
sealed partial class TurnService
{
    /// <summary>How long a stop is waited for. Longer than a run that does not stop is given; a turn that runs nowhere any more never ends.</summary>
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    /// <summary>Stops the running turn of a conversation, or the work that goes on between its turns; ends when it has ended.</summary>
    /// <returns>False when nothing was going on.</returns>
    public Task<bool> CancelRunningAsync(Guid conversationId, CancellationToken ct) =>
        Running(conversationId) is { } turn ? CancelWithWorkAsync(turn, ct) : _work.StopAsync(conversationId, ct);

    /// <summary>Stops a turn as somebody means it who looks at it: what was the last one of a conversation is not to be followed by another try.</summary>
    /// <returns>Whether the turn has ended as cancelled, or the work that it belongs to.</returns>
    public async Task<bool> CancelWithWorkAsync(Turn turn, CancellationToken ct) =>
        await CancelAsync(turn, ct) || (!_store.HasLater(turn) && await _work.StopAsync(turn.ConversationId, ct));

    /// <summary>Stops a turn that runs, wherever it does, or takes one that waits out of the queue; ends when it has ended.</summary>
    /// <returns>Whether it has ended as cancelled.</returns>
    public async Task<bool> CancelAsync(Turn turn, CancellationToken ct)
    {
        using var notices = Watch(turn.Id);
        using var limit = new CancellationTokenSource(StopLimit, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            while (_store.Find(turn.Id) is { } now)
            {
                if (now.Status == TurnStatus.Running)
                {
                    await _bus.PublishAsync(RunNotice.CancelRequested, turn.Id);
                    // Its end; or, when its row was there before its run, its start: then whoever runs it is asked again.
                    if (await notices.NextAsync(end.Token) == RunNotice.Ended)
                        return _store.Find(turn.Id)?.Status == TurnStatus.Cancelled;
                }
                else if (now.Status != TurnStatus.Queued)
                {
                    return now.Status == TurnStatus.Cancelled;
                }
                else if (await _store.WithdrawAsync(turn.ConversationId, turn.Id, ct))
                {
                    await AnnounceWithdrawnAsync([turn.Id]);
                    return true;
                }
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            TurnNotStopped(_log, turn.Id, StopLimit.TotalSeconds);
        }

        return false;
    }

    /// <summary>Ends when the turn has ended, or at once when it runs nowhere.</summary>
    /// <exception cref="ApiException">503: the turn waits in the queue, and the server ends.</exception>
    public async Task WaitForEndAsync(Guid turnId, CancellationToken ct)
    {
        using var notices = Watch(turnId);
        while (_store.Find(turnId) is { Status: TurnStatus.Queued or TurnStatus.Running } turn)
        {
            if (turn.Status == TurnStatus.Running)
            {
                // Also while the server ends: it ends its runs before. The row may still say that it runs, when its end could not be stored.
                if (await notices.NextAsync(ct) == RunNotice.Ended)
                    return;
            }
            else if (IsStopping)
            {
                throw new ApiException(StatusCodes.Status503ServiceUnavailable, "stopping", TurnOutcome.Waits.Error!);
            }
            else
            {
                await WaitForNewsAsync(notices, Timeout.InfiniteTimeSpan, ct);
            }
        }
    }

    /// <summary>What is told about a turn from now on; dispose it.</summary>
    public TurnNotices Watch(Guid turnId) => new(_bus, turnId);

    /// <summary>Ends with news of a turn, when the patience is over, or when the server is about to end.</summary>
    public async Task WaitForNewsAsync(TurnNotices notices, TimeSpan patience, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(patience, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token, _stopping);
        await ((Task)notices.NextAsync(end.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    [LoggerMessage(LogLevel.Error, "Turn {Turn} did not end within {Seconds} s after it was asked to stop")]
    static partial void TurnNotStopped(ILogger log, Guid turn, double seconds);
}
