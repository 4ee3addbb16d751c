using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

/// <summary>Makes the turns of a run: the first one, and others while a failure may pass. Thread-safe.</summary>
[FeatureService]
sealed class ScheduleAttempts(
    ScheduleRuns runs, TurnService turns, TurnStore store, HarnessChoice harnesses, SettingsService settings, ServerOptions options, TimeProvider time)
{
    const int MaxTitle = 255;

    static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    /// <summary>Scheduled runs wait in line for these; runs that somebody asked for do not.</summary>
    readonly SemaphoreSlim _places = new(options.ScheduledRunsAtOnce);

    /// <summary>Ends with the run; tokens of all attempts are counted.</summary>
    /// <exception cref="ApiException">The turn was refused.</exception>
    public async Task<RunResult> MakeAsync(ActiveRun run)
    {
        var result = await InPlaceAsync(run, attempt: 1, RunResult.NothingYet);
        for (var attempt = 2; result.IsTransient && attempt <= run.Claim.Schedule.MaxRetries + 1; attempt++)
        {
            var wait = FirstRetry * Math.Pow(2, attempt - 2);
            await Task.Delay(wait < LongestRetry ? wait : LongestRetry, time, run.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            result = (run.StoppedAs ?? await InPlaceAsync(run, attempt, result)).After(result);
        }

        return result;
    }

    /// <summary>A place is held for one attempt, not while the run waits for the next.</summary>
    async Task<RunResult> InPlaceAsync(ActiveRun run, int attempt, RunResult before)
    {
        if (run.Claim.IsManual)
            return await AttemptAsync(run, attempt, before);
        try
        {
            await _places.WaitAsync(run.Stopping);
        }
        catch (OperationCanceledException)
        {
            return run.StoppedAs!;
        }

        try
        {
            return await AttemptAsync(run, attempt, before);
        }
        finally
        {
            _places.Release();
        }
    }

    async Task<RunResult> AttemptAsync(ActiveRun run, int attempt, RunResult before)
    {
        var claim = run.Claim;
        var turnId = attempt == 1 ? claim.TurnId : Guid.CreateVersion7();
        // As it is now: it may have waited long.
        if (await runs.BeginAttemptAsync(claim, attempt, turnId, before) is not { } schedule)
            return RunResult.Deleted;
        if (schedule.Project is null)
            return RunResult.ProjectGone;
        if (run.StoppedAs is { } stopped)
            return stopped;
        var now = time.UtcNow();
        var turn = TurnOf(schedule, run, turnId, now);
        var conversation = new Conversation { Id = claim.ConversationId, Topic = Titles.Cut(schedule.Title, MaxTitle) ?? Titles.Untitled, ProjectId = schedule.ProjectId, CreatedAt = now, ModifiedAt = now };
        await turns.SubmitAsync(turn, attempt == 1 ? conversation : null, rejectWhenBusy: false, CancellationToken.None);
        run.MarkBegun(schedule.TimeLimitMinutes ?? settings.Number(SettingCatalog.ScheduleTimeLimitKey), time);
        return await EndOfAsync(run, turn);
    }

    Turn TurnOf(Schedule schedule, ActiveRun run, Guid id, DateTime now) => new()
    {
        Id = id,
        ConversationId = run.Claim.ConversationId,
        Status = TurnStatus.Queued,
        // A chosen agent that is gone is not replaced: the turn fails and says so.
        Harness = schedule.Harness ?? harnesses.Choose(null),
        Model = schedule.OwnModel,
        Input = ResponseInput.OfText(SchedulePrompt.With(schedule.Prompt, run.Payload)).Json,
        Options = new TurnOptions([], IsInteractive: false, schedule.Approvals, schedule.TokenBudget, schedule.OwnModel).ToJson(),
        CreatedAt = now,
    };

    async Task<RunResult> EndOfAsync(ActiveRun run, Turn turn)
    {
        try
        {
            await turns.WaitForEndAsync(turn.Id, run.Stopping);
        }
        catch (OperationCanceledException) when (run.StoppedAs == RunResult.Interrupted && store.Find(turn.Id) is not { Status: TurnStatus.Queued })
        {
            // The server stops its turns by itself, and they say so.
            await turns.WaitForEndAsync(turn.Id, CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // One that ended in the same moment ended as it did.
            if (await turns.CancelAsync(turn, CancellationToken.None))
                return run.StoppedAs!.After(RunResult.Of(store.Find(turn.Id)));
        }

        return RunResult.Of(store.Find(turn.Id));
    }
}
