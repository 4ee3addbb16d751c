namespace Cowork.Host.Features.Schedules;

/// <summary>A run that this process makes, from its claim until everything about its end is done. Thread-safe.</summary>
/// <param name="claim">What is run.</param>
/// <param name="payload">JSON that came with a trigger; null for none.</param>
sealed class ActiveRun(Claim claim, string? payload)
{
    // Never disposed: it has no timer, and somebody may hold the run a moment longer than it lasts.
    readonly CancellationTokenSource _stop = new();
    readonly TaskCompletionSource<RunResult?> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<RunResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    RunResult? _stoppedAs;
    ITimer? _limit;
    volatile bool _hasBegun;

    public Claim Claim => claim;
    public string? Payload => payload;

    /// <summary>The work itself; it ends after <see cref="Ended"/>.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Cancelled when the run shall stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>What the run ends as because somebody stopped it; null while nobody did.</summary>
    public RunResult? StoppedAs => Volatile.Read(ref _stoppedAs);

    /// <summary>Whether it has a turn.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>Null when its first turn is stored, or how the run ended before.</summary>
    public Task<RunResult?> Begun => _begun.Task;

    /// <summary>How the run ended; there when that is stored.</summary>
    public Task<RunResult> Ended => _ended.Task;

    /// <summary>Stops the run, wherever it is; the first reason counts.</summary>
    public void Stop(RunResult why)
    {
        if (Interlocked.CompareExchange(ref _stoppedAs, why, null) is null)
            _ = _stop.CancelAsync();
    }

    /// <summary>Notes that it has a turn now, and lets its time begin.</summary>
    public void MarkBegun(int minutes, TimeProvider time)
    {
        _hasBegun = true;
        _begun.TrySetResult(null);
        _limit ??= time.CreateTimer(_ => Stop(RunResult.TimedOut(minutes)), null, TimeSpan.FromMinutes(minutes), Timeout.InfiniteTimeSpan);
    }

    public void MarkEnded(RunResult result)
    {
        _limit?.Dispose();
        _begun.TrySetResult(result);
        _ended.TrySetResult(result);
    }
}
