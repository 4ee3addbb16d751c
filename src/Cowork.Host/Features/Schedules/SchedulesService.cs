using Cowork.Host.Features.Projects;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Secrets;

namespace Cowork.Host.Features.Schedules;

/// <summary>The rules for making and changing schedules.</summary>
[FeatureService]
sealed class SchedulesService(Database database, HarnessChoice harnesses, SecretBox secrets, ActiveRuns active, TimeProvider time)
{
    const int MaxIndexed = 1000;

    /// <summary>All schedules, or those of a project, in the order in which they were made.</summary>
    /// <exception cref="ApiException">404: the schedule to go on after is gone.</exception>
    public ScheduleList List(Guid? projectId, Page page) =>
        database.Query(statements =>
        {
            long begin = 0;
            if (page.AfterId is { } last)
                begin = (long)(statements.Scalar("SELECT rowid FROM schedules WHERE id = ?1", last) ?? throw Page.Gone());
            var found = page.Limit is { } limit ? limit + 1L : -1L;
            var schedules = projectId is { } id
                ? statements.List(ScheduleRows.Read, $"{ScheduleRows.Select} WHERE s.rowid > ?1 AND s.project_id = ?3 ORDER BY s.rowid LIMIT ?2", begin, found, id)
                : statements.List(ScheduleRows.Read, $"{ScheduleRows.Select} WHERE s.rowid > ?1 ORDER BY s.rowid LIMIT ?2", begin, found);
            var hasMore = schedules.Count > page.Limit;
            if (hasMore)
                schedules.RemoveAt(schedules.Count - 1);
            var index = new Dictionary<string, Guid>();
            foreach (var (conversation, schedule) in statements.List(
                r => (Encodings.ToId(r.GetString(0)), Encodings.ToId(r.GetString(1))),
                "SELECT conversation_id, schedule_id FROM schedule_runs WHERE conversation_id IS NOT NULL ORDER BY rowid DESC LIMIT ?1", MaxIndexed))
                index.TryAdd(conversation.ToString(), schedule);
            return new ScheduleList([.. schedules.Select(ScheduleView.OfList)], hasMore, index);
        });

    /// <exception cref="ApiException">404: no such schedule.</exception>
    public Schedule Get(Guid id) =>
        database.Query(statements => statements.List(ScheduleRows.Read, $"{ScheduleRows.Select} WHERE s.id = ?1", id)) is [var found] ? found : throw Missing();

    public ScheduleView View(Guid id) => ScheduleView.Of(Get(id), time.UtcNow());

    /// <exception cref="ApiException">422: a field is missing or has a wrong value; 404: no such project.</exception>
    public async Task<ScheduleView> CreateAsync(ScheduleWrite write, CancellationToken ct)
    {
        var cadence = Required("cadence", write.Cadence);
        var now = time.UtcNow();
        var schedule = new Schedule
        {
            Id = Guid.CreateVersion7(),
            Title = Required("title", write.Title),
            Prompt = Required("prompt", write.Prompt),
            Cadence = cadence,
            Timezone = "UTC",
            NextRunAt = default,
            ProjectId = Project(write),
            CreatedAt = now,
            ModifiedAt = now,
        };
        if (cadence is not (Cadence.Cron or Cadence.Every))
            Required("next_run_at", write.NextRunAt);
        ScheduleChange.Apply(write, schedule, harnesses, secrets, now);
        await database.WriteAsync(w => ScheduleRows.Save(w, schedule), ct);
        return View(schedule.Id);
    }

    /// <exception cref="ApiException">404: no such schedule or project; 422: a field has a wrong value.</exception>
    public async Task<ScheduleView> UpdateAsync(Guid id, ScheduleWrite write, CancellationToken ct)
    {
        await ChangeAsync(
            id,
            schedule =>
            {
                ScheduleChange.Apply(write, schedule, harnesses, secrets, time.UtcNow());
                if (!string.IsNullOrEmpty(write.ProjectId) || !string.IsNullOrEmpty(write.Project))
                    schedule.ProjectId = Project(write);
            },
            ct);
        if (write.Enabled == false)
            StopWaiting(id);
        return View(id);
    }

    /// <summary>Pauses or resumes; nothing else changes.</summary>
    public async Task<ScheduleView> SetEnabledAsync(Guid id, bool enabled, CancellationToken ct)
    {
        await ChangeAsync(id, schedule => schedule.Enabled = enabled, ct);
        if (!enabled)
            StopWaiting(id);
        return View(id);
    }

    /// <summary>Makes a new secret that notices are signed with; one that was there before signs no more.</summary>
    public async Task<string> RotateNotifySecretAsync(Guid id, CancellationToken ct)
    {
        var secret = NoticeSignature.NewSecret();
        var token = secrets.Encrypt(secret);
        await ChangeAsync(id, s => s.NotifySecret = token, ct);
        return secret;
    }

    /// <summary>Reads, changes and saves a schedule in one step that nothing can come between.</summary>
    public Task ChangeAsync(Guid id, Action<Schedule> change, CancellationToken ct) =>
        database.WriteAsync(
            w =>
            {
                var schedule = ScheduleRows.Find(w, id) ?? throw Missing();
                change(schedule);
                schedule.ModifiedAt = time.UtcNow();
                ScheduleRows.Save(w, schedule);
            },
            ct);

    /// <summary>Deletes a schedule with its runs, and stops one that goes on; their conversations stay.</summary>
    public async Task DeleteAsync(Guid id, CancellationToken ct)
    {
        await database.WriteAsync(
            w =>
            {
                w.Execute("DELETE FROM schedule_runs WHERE schedule_id = ?1", id);
                w.Execute("DELETE FROM pins WHERE item_type = 'schedule' AND lower(replace(item_id, '-', '')) = ?1", id);
                if (w.Execute("DELETE FROM schedules WHERE id = ?1", id) == 0)
                    throw Missing();
            },
            ct);
        active.StopOf(id, _ => true, RunResult.Deleted);
    }

    public static ApiException Missing() => ApiException.NotFound("schedule_not_found", "There is no schedule with this id.");

    /// <summary>A pause also holds for what is due but waits in line. A run that somebody asked for is none of its business.</summary>
    void StopWaiting(Guid id) => active.StopOf(id, run => run is { HasBegun: false, Claim.IsManual: false }, RunResult.Paused);

    Guid Project(ScheduleWrite write) => database.Query(statements => ProjectLookup.Choose(statements, write.ProjectId, write.Project));

    static string Required(string field, string? value) => value ?? throw ApiException.Invalid(field, $"The field '{field}' is missing.");
}
