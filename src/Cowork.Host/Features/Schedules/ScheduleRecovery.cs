using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>Closes the runs that a process left open when it died. After the turns were closed: a run ended as its turn did.</summary>
[FeatureService]
sealed partial class ScheduleRecovery(Database database, TurnStore turns, ScheduleRuns runs, ILogger<ScheduleRecovery> log)
{
    public async Task RecoverAsync()
    {
        if (!database.Exists("SELECT 1 FROM schedule_runs WHERE status = 'running'"))
            return;
        var open = database.Query(statements => statements.List(
            r => new OpenRun(
                Encodings.ToId(r.GetString(0)), Encodings.ToId(r.GetString(1)), r.IdOrNull(2), r.GetInt32(3),
                RunResult.NothingYet with { InputTokens = r.GetInt64(4), OutputTokens = r.GetInt64(5) }),
            "SELECT id, schedule_id, turn_id, attempt, input_tokens, output_tokens FROM schedule_runs WHERE status = 'running'"));
        foreach (var run in open)
            await runs.CloseAsync(run.Id, run.Schedule, EndOf(run));

        RunsClosed(log, open.Count);
    }

    RunResult EndOf(OpenRun run)
    {
        if (run.Turn is { } id && turns.Find(id) is { } turn)
            return RunResult.Of(turn).After(run.Before);
        return run.Attempt > 1 ? RunResult.Interrupted.After(run.Before) : RunResult.NeverBegun;
    }

    /// <param name="Before">What the attempts before this one have used.</param>
    sealed record OpenRun(Guid Id, Guid Schedule, Guid? Turn, int Attempt, RunResult Before);

    [LoggerMessage(LogLevel.Warning, "{Count} runs of schedules were left open by a process that ended; they are closed")]
    static partial void RunsClosed(ILogger log, int count);
}
