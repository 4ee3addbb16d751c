using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>A run that is to be made: its row is stored, and nobody else will make it.</summary>
/// <param name="Schedule">As it is after the claim.</param>
/// <param name="InTheWay">Turns of earlier runs that have to be stopped first.</param>
sealed record Claim(Schedule Schedule, Guid RunId, Guid ConversationId, Guid TurnId, DateTime StartedAt, IReadOnlyList<Guid> InTheWay);

/// <summary>
/// Decides what is run. One transaction looks at what is due, moves it on and stores the runs; so whatever happens later, an
/// occurrence is claimed once, and a second look, process or turn of the clock finds it gone.
/// </summary>
[FeatureService]
sealed partial class ScheduleClaims(Database database, TimeProvider time, ILogger<ScheduleClaims> log)
{
    /// <summary>How late a one-off may be started: a machine under load, not one that was off.</summary>
    static readonly TimeSpan OneOffGrace = TimeSpan.FromMinutes(1);

    /// <summary>How many missed occurrences are caught up with at most.</summary>
    public const int MaxCatchUp = 10;

    const string Due = "s.enabled = 1 AND s.next_run_at <= ?1";

    /// <summary>Claims what is due now.</summary>
    public async Task<IReadOnlyList<Claim>> TakeDueAsync(CancellationToken ct)
    {
        var now = time.UtcNow();
        // Most of the time nothing is due, and looking must not keep the writer busy.
        if (database.Query(statements => statements.Scalar($"SELECT 1 FROM schedules s WHERE {Due} LIMIT 1", now)) is null)
            return [];
        return await database.WriteAsync<IReadOnlyList<Claim>>(
            w => [.. w.List(ScheduleRows.Read, $"{ScheduleRows.Select} WHERE {Due} ORDER BY s.next_run_at", now).Select(s => TakeDue(w, s, now)).OfType<Claim>()],
            ct);
    }

    /// <summary>Claims a run that somebody asked for; the schedule's own times stay as they are.</summary>
    /// <param name="admit">Throws when the run must not be; it gets the schedule and the turns of its runs that go on.</param>
    public Task<Claim> TakeAsync(Guid scheduleId, Action<Schedule, IReadOnlyList<Guid>> admit, CancellationToken ct) =>
        database.WriteAsync(
            w =>
            {
                var schedule = ScheduleRows.Find(w, scheduleId) ?? throw SchedulesService.Missing();
                var running = Running(w, schedule.Id);
                admit(schedule, running);
                return Insert(w, schedule, occurrence: null, time.UtcNow(), running)!;
            },
            ct);

    Claim? TakeDue(WriteScope w, Schedule schedule, DateTime now)
    {
        var running = Running(w, schedule.Id);
        if (running.Count > 0 && schedule is { MissedPolicy: MissedPolicy.RunAll, OverlapPolicy: not OverlapPolicy.CancelPrevious })
            return null;
        var (before, missedBefore) = (schedule.NextRunAt, schedule.MissedRuns);
        var occurrence = schedule.Cadence == Cadence.Once ? TakeOneOff(schedule, now) : TakeRecurring(schedule, running.Count > 0, now);
        if (schedule.Enabled && schedule.NextRunAt == before && schedule.MissedRuns == missedBefore)
            return null;
        schedule.ModifiedAt = now;
        ScheduleRows.Save(w, schedule);
        if (schedule.MissedRuns > missedBefore)
            OccurrencesMissed(log, schedule.Id, schedule.MissedRuns - missedBefore);
        return occurrence is null ? null : Insert(w, schedule, occurrence, now, running);
    }

    static DateTime? TakeOneOff(Schedule schedule, DateTime now)
    {
        schedule.Enabled = false;
        return now - schedule.NextRunAt <= OneOffGrace || schedule.MissedPolicy != MissedPolicy.Skip ? schedule.NextRunAt : null;
    }

    /// <summary>Moves the schedule on.</summary>
    /// <returns>The occurrence to run, if any.</returns>
    static DateTime? TakeRecurring(Schedule schedule, bool isRunning, DateTime now)
    {
        var rhythm = Rhythm.Of(schedule);
        var due = schedule.NextRunAt;
        var count = rhythm.Count(due, now);
        if (isRunning && schedule.OverlapPolicy == OverlapPolicy.Queue)
        {
            // The newest waits in place of those before it.
            schedule.NextRunAt = count == 1 ? due : rhythm.Newest(due, now, before: 0);
            schedule.MissedRuns += count - 1;
            return null;
        }

        var kept = count == 1 ? 1 : schedule.MissedPolicy switch
        {
            MissedPolicy.RunOnce => 1,
            MissedPolicy.RunAll => (int)Math.Min(count, MaxCatchUp),
            _ => 0,
        };
        // Without a catch-up the newest one is not run either, but not counted: it is less than one interval old.
        schedule.MissedRuns += count - Math.Max(kept, 1);
        DateTime? occurrence = kept == 0 ? null : count == 1 ? due : rhythm.Newest(due, now, before: kept - 1);
        MoveOn(schedule, rhythm.Next(occurrence ?? due, kept > 1 ? occurrence!.Value : now));
        if (occurrence is null || !isRunning || schedule.OverlapPolicy == OverlapPolicy.CancelPrevious)
            return occurrence;
        schedule.MissedRuns++;
        return null;
    }

    static void MoveOn(Schedule schedule, DateTime? next)
    {
        schedule.Enabled = next is not null;
        schedule.NextRunAt = next ?? schedule.NextRunAt;
    }

    static List<Guid> Running(WriteScope w, Guid scheduleId) =>
        w.List(r => r.IsDBNull(0) ? Guid.Empty : Encodings.ToId(r.GetString(0)), "SELECT turn_id FROM schedule_runs WHERE schedule_id = ?1 AND status = 'running'", scheduleId);

    /// <returns>Null when there was a run for this occurrence already: the clock was set back, or the user chose the same moment again.</returns>
    static Claim? Insert(WriteScope w, Schedule schedule, DateTime? occurrence, DateTime now, IReadOnlyList<Guid> running)
    {
        var claim = new Claim(
            schedule, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), now, schedule.OverlapPolicy == OverlapPolicy.CancelPrevious ? running : []);
        var inserted = w.Execute(
            "INSERT OR IGNORE INTO schedule_runs (id, schedule_id, started_at, status, conversation_id, is_manual, occurrence_at, turn_id, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3, ?3)",
            claim.RunId, schedule.Id, now, RunResult.Running, claim.ConversationId, occurrence is null, occurrence, claim.TurnId);
        return inserted == 0 ? null : claim;
    }

    [LoggerMessage(LogLevel.Information, "Schedule {Schedule} missed {Count} occurrences")]
    static partial void OccurrencesMissed(ILogger log, Guid schedule, long count);
}
