using System.Collections.Concurrent;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

/// <summary>Makes the runs that were claimed: each an ordinary turn in a conversation of its own. Thread-safe.</summary>
[FeatureService]
sealed partial class ScheduleRunner(
    ScheduleClaims claims, ScheduleRuns runs, ScheduleNotices notices, TurnService turns, TurnStore store, HarnessChoice harnesses,
    ServerOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ScheduleRunner> log) : IAsyncDisposable
{
    const int MaxTitle = 255;

    static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    /// <summary>Scheduled runs wait in line for these; runs that somebody asked for do not.</summary>
    readonly SemaphoreSlim _slots = new(options.ScheduledRunsAtOnce);
    readonly ConcurrentDictionary<Guid, Task> _running = new();

    /// <summary>Starts what is due.</summary>
    public async Task PollAsync(CancellationToken ct)
    {
        foreach (var claim in await claims.TakeDueAsync(ct))
            _running[claim.RunId] = RunAsync(claim, claim.Schedule.Prompt, new(), _slots);
    }

    /// <summary>Runs a schedule now; ends when its conversation is there.</summary>
    /// <param name="admit">Throws when the run must not be.</param>
    /// <param name="prompt">The prompt of this run.</param>
    /// <exception cref="ApiException">404: no such schedule; 409: it cannot run as it is.</exception>
    public async Task<Claim> RunNowAsync(Guid id, Action<Schedule, IReadOnlyList<Guid>> admit, Func<Schedule, string> prompt, CancellationToken ct)
    {
        var claim = await claims.TakeAsync(id, admit, ct);
        var started = new TaskCompletionSource<RunResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[claim.RunId] = RunAsync(claim, prompt(claim.Schedule), started, slots: null);
        return await started.Task.WaitAsync(ct) is { } failure ? throw ApiException.Conflict(failure.ErrorCode!, failure.Error!) : claim;
    }

    /// <summary>The turns have been stopped by now; what is left is to note how their runs ended.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_running.Values);

    /// <summary>Never throws.</summary>
    /// <param name="started">Gets null when the turn is stored, or how the run failed before.</param>
    async Task RunAsync(Claim claim, string prompt, TaskCompletionSource<RunResult?> started, SemaphoreSlim? slots)
    {
        await Task.Yield();
        var result = await ResultOfAsync(claim, prompt, started, slots);
        try
        {
            await runs.CloseAsync(claim.RunId, claim.Schedule.Id, claim.StartedAt, result);
            started.TrySetResult(result);
            RunEnded(log, claim.Schedule.Id, result.Status, result.ErrorCode);
            if (claim.Schedule.NotifyUrl is { } url)
                await notices.SendAsync(url, claim, result, lifetime.ApplicationStopping);
            // What waited for the end of this run need not wait for the clock as well.
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
                await PollAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            started.TrySetResult(RunResult.Defect);
            RunNotStored(log, e, claim.RunId);
        }
        finally
        {
            _running.TryRemove(claim.RunId, out _);
        }
    }

    async Task<RunResult> ResultOfAsync(Claim claim, string prompt, TaskCompletionSource<RunResult?> started, SemaphoreSlim? slots)
    {
        var holdsSlot = false;
        try
        {
            if (slots is not null)
                await slots.WaitAsync(lifetime.ApplicationStopping);
            holdsSlot = slots is not null;
            await StopOthersAsync(claim.InTheWay);
            return claim.Schedule.Project is null ? RunResult.ProjectGone : await AnswerAsync(claim, prompt, started);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return RunResult.Interrupted;
        }
        catch (ApiException e)
        {
            return new(RunResult.Failed, e.Code, e.Message);
        }
        catch (Exception e)
        {
            RunBroke(log, e, claim.RunId, claim.Schedule.Id);
            return RunResult.Defect;
        }
        finally
        {
            if (holdsSlot)
                slots!.Release();
        }
    }

    async Task StopOthersAsync(IReadOnlyList<Guid> inTheWay)
    {
        foreach (var id in inTheWay)
            if (store.Find(id) is { } turn)
                await turns.CancelAsync(turn, lifetime.ApplicationStopping);
    }

    async Task<RunResult> AnswerAsync(Claim claim, string prompt, TaskCompletionSource<RunResult?> started)
    {
        var result = await AttemptAsync(claim, prompt, claim.TurnId, isFirst: true, started);
        for (var attempt = 2; result.IsTransient && attempt <= claim.Schedule.MaxRetries + 1; attempt++)
        {
            var wait = FirstRetry * Math.Pow(2, attempt - 2);
            await Task.Delay(wait < LongestRetry ? wait : LongestRetry, time, lifetime.ApplicationStopping);
            var turn = Guid.CreateVersion7();
            await runs.NoteAttemptAsync(claim.RunId, attempt, turn);
            result = await AttemptAsync(claim, prompt, turn, isFirst: false, started);
        }

        return result;
    }

    async Task<RunResult> AttemptAsync(Claim claim, string prompt, Guid turnId, bool isFirst, TaskCompletionSource<RunResult?> started)
    {
        var schedule = claim.Schedule;
        var now = time.UtcNow();
        var turn = new Turn
        {
            Id = turnId,
            ConversationId = claim.ConversationId,
            Status = TurnStatus.Queued,
            // A chosen agent that is gone is not replaced: the turn fails and says so.
            Harness = schedule.Harness ?? harnesses.Choose(null),
            Model = schedule.Model == Schedule.DefaultModel ? null : schedule.Model,
            Input = ResponseInput.OfText(prompt).Json,
            Options = new TurnOptions([], IsInteractive: false, schedule.Approvals, schedule.TokenBudget).ToJson(),
            CreatedAt = now,
        };
        var conversation = new Conversation { Id = claim.ConversationId, Topic = Titles.Cut(schedule.Title, MaxTitle) ?? Titles.Untitled, ProjectId = schedule.ProjectId, CreatedAt = now, ModifiedAt = now };
        await turns.SubmitAsync(turn, isFirst ? conversation : null, rejectWhenBusy: false, CancellationToken.None);
        started.TrySetResult(null);
        try
        {
            var limit = schedule.TimeLimitMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : Timeout.InfiniteTimeSpan;
            await turns.WaitForEndAsync(turn.Id, CancellationToken.None).WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            await turns.CancelAsync(turn, CancellationToken.None);
            return RunResult.TimedOut(schedule.TimeLimitMinutes!.Value);
        }

        return RunResult.Of(store.Find(turn.Id));
    }

    [LoggerMessage(LogLevel.Information, "A run of schedule {Schedule} ended: {Status} {Code}")]
    static partial void RunEnded(ILogger log, Guid schedule, string status, string? code);

    [LoggerMessage(LogLevel.Error, "Run {Run} of schedule {Schedule} could not be made")]
    static partial void RunBroke(ILogger log, Exception e, Guid run, Guid schedule);

    [LoggerMessage(LogLevel.Error, "The end of run {Run} could not be stored; the next start does it")]
    static partial void RunNotStored(ILogger log, Exception e, Guid run);
}
