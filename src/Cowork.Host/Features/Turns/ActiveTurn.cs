using Cowork.Host.Features.Turns.Log;

namespace Cowork.Host.Features.Turns;

/// <summary>A turn that this process runs.</summary>
sealed class ActiveTurn(Turn turn, ITurnLog log) : IDisposable
{
    readonly CancellationTokenSource _cancel = new();
    TurnOutcome? _stoppedAs;

    public Turn Turn => turn;
    public ITurnLog Log => log;

    /// <summary>Cancelled when the run shall stop. Never because a reader went away.</summary>
    public CancellationToken Stopping => _cancel.Token;

    /// <summary>What the turn ends as because somebody stopped it; null while nobody did.</summary>
    public TurnOutcome? StoppedAs => Volatile.Read(ref _stoppedAs);

    /// <summary>Stops the run; the first reason counts.</summary>
    public void Stop(TurnOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _stoppedAs, outcome, null) is null)
            // Off this thread: the token's callbacks abort sockets and kill processes.
            _ = _cancel.CancelAsync();
    }

    public void Dispose()
    {
        // A stop that comes too late must not find a token that is gone.
        Interlocked.CompareExchange(ref _stoppedAs, TurnOutcome.Completed, null);
        _cancel.Dispose();
    }
}
