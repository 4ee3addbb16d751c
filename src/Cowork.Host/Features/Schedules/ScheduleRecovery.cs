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
            r => (Run: Encodings.ToId(r.GetString(0)), Schedule: Encodings.ToId(r.GetString(1)), StartedAt: Encodings.ToTime(r.GetString(2)), Turn: r.IsDBNull(3) ? (Guid?)null : Encodings.ToId(r.GetString(3))),
            "SELECT id, schedule_id, started_at, turn_id FROM schedule_runs WHERE status = 'running'"));
        foreach (var run in open)
        {
            var turn = run.Turn is { } id ? turns.Find(id) : null;
            await runs.CloseAsync(run.Run, run.Schedule, run.StartedAt, turn is null ? RunResult.Interrupted : RunResult.Of(turn));
        }

        RunsClosed(log, open.Count);
    }

    [LoggerMessage(LogLevel.Warning, "{Count} runs of schedules were left open by a process that ended; they are closed")]
    static partial void RunsClosed(ILogger log, int count);
}
