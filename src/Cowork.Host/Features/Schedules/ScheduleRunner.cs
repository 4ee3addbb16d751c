using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

/// <summary>Makes the runs that are claimed, each an ordinary turn in a conversation of its own, and stores how they ended. Thread-safe.</summary>
[FeatureService]
sealed partial class ScheduleRunner(
    ScheduleClaims claims, ScheduleAttempts attempts, ScheduleRuns runs, ScheduleNotices notices, ActiveRuns active, ConversationWork work,
    ILogger<ScheduleRunner> log) : IAsyncDisposable
{
    /// <summary>Held while runs are claimed and become active: a run that the next claim has to stop can be found by it.</summary>
    readonly SemaphoreSlim _claiming = new(1, 1);

    /// <summary>Starts what is due.</summary>
    public async Task PollAsync(CancellationToken ct)
    {
        if (active.ServerEnds.IsCancellationRequested)
            return;
        await _claiming.WaitAsync(ct);
        try
        {
            foreach (var claim in await claims.TakeDueAsync(ct))
                Start(claim, payload: null);
        }
        finally
        {
            _claiming.Release();
        }
    }

    /// <summary>Runs a schedule now; ends when its conversation is there.</summary>
    /// <param name="admit">Throws when the run must not be; it gets the schedule and whether a run of it goes on.</param>
    /// <param name="payload">JSON for the prompt; null for none.</param>
    /// <exception cref="ApiException">404: no such schedule; 409: it cannot run as it is; 503: the server ends.</exception>
    public async Task<Claim> RunNowAsync(Guid id, Action<Schedule, bool> admit, string? payload, CancellationToken ct)
    {
        ActiveRun run;
        await _claiming.WaitAsync(ct);
        try
        {
            run = Start(await claims.TakeAsync(id, admit, ct), payload);
        }
        finally
        {
            _claiming.Release();
        }

        if (await run.Begun.WaitAsync(ct) is not { } failure)
            return run.Claim;
        throw failure == RunResult.Interrupted
            ? new ApiException(StatusCodes.Status503ServiceUnavailable, "stopping", "The server is shutting down. Run the schedule again in a moment.")
            : ApiException.Conflict(failure.ErrorCode!, failure.Error!);
    }

    /// <summary>The server ends: claims that have not begun are given back. Before the turns are stopped.</summary>
    public void Stop() => active.StopAll();

    /// <summary>The turns have been stopped by now; what is left is to note how their runs ended.</summary>
    public async ValueTask DisposeAsync()
    {
        active.StopAll();
        await active.Work;
        _claiming.Dispose();
    }

    ActiveRun Start(Claim claim, string? payload)
    {
        var run = active.Add(claim, payload);
        run.Work = RunAsync(run);
        return run;
    }

    /// <summary>Never throws.</summary>
    async Task RunAsync(ActiveRun run)
    {
        await Task.Yield();
        var result = await ResultOfAsync(run);
        await StoreEndAsync(run, result);
        run.MarkEnded(result);
        try
        {
            // What waited for the end of this run need not wait for the clock.
            await PollAsync(CancellationToken.None);
            await notices.SendAsync(run.Claim.RunId, active.ServerEnds);
        }
        catch (Exception e)
        {
            AftermathFailed(log, e, run.Claim.RunId);
        }
        finally
        {
            active.Remove(run);
        }
    }

    async Task<RunResult> ResultOfAsync(ActiveRun run)
    {
        // Whoever presses Stop in the conversation while the run waits to try again means the run.
        using var underWay = work.Begin(run.Claim.ConversationId, ct => StopAsync(run, ct));
        try
        {
            // Before it waits in line: what it stops may be what holds the line up.
            await active.StopAsync(run.Claim.InTheWay, RunResult.Superseded, run.Stopping);
            return await attempts.MakeAsync(run);
        }
        catch (OperationCanceledException) when (run.StoppedAs is not null)
        {
            return run.StoppedAs;
        }
        catch (ApiException e)
        {
            // A turn is refused when the server ends.
            return run.StoppedAs ?? new(RunResult.Failed, e.Code, e.Message);
        }
        catch (Exception e)
        {
            RunBroke(log, e, run.Claim.RunId, run.Claim.Schedule.Id);
            return RunResult.Defect;
        }
    }

    static async Task<bool> StopAsync(ActiveRun run, CancellationToken ct)
    {
        run.Stop(RunResult.Stopped);
        return (await run.Ended.WaitAsync(ct)).ErrorCode == RunResult.Stopped.ErrorCode;
    }

    async Task StoreEndAsync(ActiveRun run, RunResult result)
    {
        var claim = run.Claim;
        try
        {
            if (!run.HasBegun && result == RunResult.Interrupted)
            {
                await claims.ReturnAsync(claim);
                return;
            }

            await runs.CloseAsync(claim.RunId, claim.Schedule.Id, result);
            RunEnded(log, claim.Schedule.Id, result.Status, result.ErrorCode);
        }
        catch (Exception e)
        {
            RunNotStored(log, e, claim.RunId);
        }
    }

    [LoggerMessage(LogLevel.Information, "A run of schedule {Schedule} ended: {Status} {Code}")]
    static partial void RunEnded(ILogger log, Guid schedule, string status, string? code);

    [LoggerMessage(LogLevel.Error, "Run {Run} of schedule {Schedule} could not be made")]
    static partial void RunBroke(ILogger log, Exception e, Guid run, Guid schedule);

    [LoggerMessage(LogLevel.Error, "The end of run {Run} could not be stored; the next start does it")]
    static partial void RunNotStored(ILogger log, Exception e, Guid run);

    [LoggerMessage(LogLevel.Error, "What follows the end of run {Run} failed; the clock does it")]
    static partial void AftermathFailed(ILogger log, Exception e, Guid run);
}
