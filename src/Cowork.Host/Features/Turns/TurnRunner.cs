using Cowork.Abstractions;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Turns;

/// <summary>Runs one turn from its first event to its stored end.</summary>
[FeatureService]
sealed partial class TurnRunner(
    PluginRegistry plugins, TurnRequests requests, RunServices services, KnownSecrets secrets, TurnStore store, TurnSteps steps, ITurnLogs logs, Persistence persistence,
    TimeProvider time, ILogger<TurnRunner> log)
{
    /// <summary>How long a run may take to stop before it is left to itself.</summary>
    static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    /// <summary>Never throws; ends when the answer is stored and readers have their last frame.</summary>
    /// <param name="shutdown">The server is about to end: what cannot be stored now is left to the next start.</param>
    public async Task RunAsync(ActiveTurn active, CancellationToken shutdown)
    {
        using var writer = new TurnEventWriter(active.Turn, active.Log, time);
        writer.Created();
        var pump = PumpAsync(active, writer);
        var outcome = await EndOfAsync(pump, active);
        if (outcome is { ErrorCode: { } code, Error: { } error })
            outcome = outcome with { ErrorCode = writer.Clean(code), Error = writer.Clean(error) };
        await FinishAsync(active, writer, outcome, shutdown);
    }

    /// <summary>The run's own end, or the end that is forced on it when it does not stop.</summary>
    async Task<TurnOutcome> EndOfAsync(Task<TurnOutcome> pump, ActiveTurn active)
    {
        try
        {
            return await pump.WaitAsync(active.Stopping);
        }
        catch (OperationCanceledException)
        {
            // Stopped: below.
        }

        try
        {
            return await pump.WaitAsync(StopGrace, time);
        }
        catch (TimeoutException)
        {
            RunAbandoned(log, active.Turn.Id, active.Turn.Harness, StopGrace.TotalSeconds);
            return active.StoppedAs!;
        }
    }

    async Task<TurnOutcome> PumpAsync(ActiveTurn active, TurnEventWriter writer)
    {
        // A harness that computes before its first await must not hold up the request that started the turn.
        await Task.Yield();
        try
        {
            if (!plugins.TryRent(active.Turn.Harness, out var lease))
                return TurnOutcome.UnknownHarness(active.Turn.Harness);
            using (lease)
            using (lease.Expired.UnsafeRegister(static a => ((ActiveTurn)a!).Stop(TurnOutcome.PluginReplaced), active))
            {
                writer.Protect(secrets.Current);
                var project = requests.ProjectOf(active.Turn);
                var options = TurnOptions.Of(active.Turn);
                await using var own = services.Begin(active, project, options, writer);
                var request = requests.Build(active.Turn, options, project, lease.Descriptor, own);
                var allowance = new EventAllowance();
                await foreach (var e in lease.Harness.RunAsync(request, active.Stopping))
                {
                    allowance.Take(TurnEventWriter.SizeOf(e), writer.Bytes);
                    writer.Write(e);
                    if (writer.HasSteps)
                        await steps.KeepAsync(active.Turn.Id, writer.TakeSteps());
                    // A harness should keep to it by itself; one that does not is stopped.
                    if (options.TokenBudget is { } budget && writer.InputTokens + writer.OutputTokens > budget)
                        active.Stop(TurnOutcome.OverBudget(budget));
                }
            }

            return active.StoppedAs ?? TurnOutcome.Completed;
        }
        catch (HarnessException e)
        {
            if (active.StoppedAs is { } stopped)
                return stopped;
            TurnFailed(log, e.InnerException, active.Turn.Id, e.Code);
            return TurnOutcome.Of(e);
        }
        catch (Exception e)
        {
            if (active.StoppedAs is { } stopped)
                return stopped;
            TurnBroke(log, e, active.Turn.Id, active.Turn.Harness);
            return TurnOutcome.Defect;
        }
    }

    /// <summary>Rows first, then the last frame: whoever sees the end of the stream finds the answer in the conversation.</summary>
    async Task FinishAsync(ActiveTurn active, TurnEventWriter writer, TurnOutcome outcome, CancellationToken shutdown)
    {
        var turn = active.Turn;
        var lastFrame = writer.Close(outcome);
        try
        {
            // Before the rows: after a crash between the two, the file still has every frame that the rows speak of.
            await active.Log.FlushAsync();
            await persistence.RetryAsync(() => store.FinishAsync(turn, outcome, writer), turn.Id, shutdown);
        }
        catch (Exception e)
        {
            // The log file still has everything; the next start stores it from there.
            TurnNotStored(log, e, turn.Id);
        }

        active.Log.Append(lastFrame);
        logs.Finish(active.Log, TurnLogEnd.Of(outcome.Status));
    }

    /// <summary>Waits until the log is stored and notes that nothing of the turn is left to do. Never throws.</summary>
    /// <param name="shutdown">The server is about to end: a log that cannot be stored now is left to the next start.</param>
    public async Task SettleAsync(ActiveTurn active, CancellationToken shutdown)
    {
        await active.Log.WhenStored.WaitAsync(shutdown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!active.Log.WhenStored.IsCompleted)
            await active.Log.FlushAsync();
        if (!active.Log.WhenStored.IsCompleted)
            return;
        try
        {
            await store.MarkLogClosedAsync(active.Turn.Id);
        }
        catch (Exception e)
        {
            TurnNotStored(log, e, active.Turn.Id);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Turn {Turn} failed with {Code}")]
    static partial void TurnFailed(ILogger log, Exception? e, Guid turn, string code);

    [LoggerMessage(LogLevel.Error, "Turn {Turn}: harness {Harness} threw")]
    static partial void TurnBroke(ILogger log, Exception e, Guid turn, string harness);

    [LoggerMessage(LogLevel.Error, "Turn {Turn}: harness {Harness} did not stop within {Seconds} s and was abandoned")]
    static partial void RunAbandoned(ILogger log, Guid turn, string harness, double seconds);

    [LoggerMessage(LogLevel.Error, "Turn {Turn} could not be stored")]
    static partial void TurnNotStored(ILogger log, Exception e, Guid turn);
}
