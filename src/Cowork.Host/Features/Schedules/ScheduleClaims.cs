using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>A run that is to be made: its row is stored, and nobody else will make it.</summary>
/// <param name="Schedule">As it is after the claim.</param>
/// <param name="TurnId">Its first turn.</param>
/// <param name="InTheWay">Earlier runs that have to be stopped first.</param>
/// <param name="Taken">What the claim took from the schedule; null for a run that somebody asked for.</param>
sealed record Claim(Schedule Schedule, Guid RunId, Guid ConversationId, Guid TurnId, IReadOnlyList<Guid> InTheWay, Taken? Taken)
{
    public bool IsManual => Taken is null;
}

/// <param name="DueAt">When the schedule was due before.</param>
/// <param name="Occurrence">The moment that the run stands for.</param>
/// <param name="Missed">Occurrences that were counted as missed.</param>
sealed record Taken(DateTime DueAt, DateTime Occurrence, long Missed);

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
    /// <param name="admit">Throws when the run must not be; it gets the schedule and whether a run of it goes on.</param>
    public Task<Claim> TakeAsync(Guid scheduleId, Action<Schedule, bool> admit, CancellationToken ct) =>
        database.WriteAsync(
            w =>
            {
                var schedule = ScheduleRows.Find(w, scheduleId) ?? throw SchedulesService.Missing();
                var running = Running(w, schedule.Id);
                admit(schedule, running.Count > 0);
                return Insert(w, schedule, taken: null, time.UtcNow(), running)!;
            },
            ct);

    /// <summary>Gives back a claim that nothing came of: the schedule is due again, unless somebody has changed it since.</summary>
    public Task ReturnAsync(Claim claim) =>
        database.WriteAsync(w =>
        {
            if (w.Execute("DELETE FROM schedule_runs WHERE id = ?1", claim.RunId) == 0 || claim.Taken is not { } taken)
                return;
            w.Execute(
                """
                UPDATE schedules SET next_run_at = ?2, enabled = 1, missed_runs = MAX(0, missed_runs - ?3), modified_at = ?4
                WHERE id = ?1 AND next_run_at = ?5 AND enabled = ?6
                """,
                claim.Schedule.Id, taken.DueAt, taken.Missed, time.UtcNow(), claim.Schedule.NextRunAt, claim.Schedule.Enabled);
            ClaimReturned(log, claim.Schedule.Id);
        });

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
        return occurrence is { } found ? Insert(w, schedule, new(before, found, schedule.MissedRuns - missedBefore), now, running) : null;
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
        var due = schedule.NextRunAt;
        // Rows of the reference have no anchor; without one, a time that a gap has moved would stay moved.
        schedule.AnchorAt ??= due;
        var rhythm = Rhythm.Of(schedule);
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
        w.List(r => Encodings.ToId(r.GetString(0)), "SELECT id FROM schedule_runs WHERE schedule_id = ?1 AND status = 'running'", scheduleId);

    /// <returns>Null when there was a run for this occurrence already: the clock was set back, or the user chose the same moment again.</returns>
    static Claim? Insert(WriteScope w, Schedule schedule, Taken? taken, DateTime now, IReadOnlyList<Guid> running)
    {
        var claim = new Claim(
            schedule, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), schedule.OverlapPolicy == OverlapPolicy.CancelPrevious ? running : [], taken);
        var inserted = w.Execute(
            "INSERT OR IGNORE INTO schedule_runs (id, schedule_id, started_at, status, conversation_id, is_manual, occurrence_at, turn_id, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3, ?3)",
            claim.RunId, schedule.Id, now, RunResult.Running, claim.ConversationId, claim.IsManual, taken?.Occurrence, claim.TurnId);
        return inserted == 0 ? null : claim;
    }

    [LoggerMessage(LogLevel.Information, "Schedule {Schedule} missed {Count} occurrences")]
    static partial void OccurrencesMissed(ILogger log, Guid schedule, long count);

    [LoggerMessage(LogLevel.Information, "A run of schedule {Schedule} had not begun when the server ended; it is due again")]
    static partial void ClaimReturned(ILogger log, Guid schedule);
}
