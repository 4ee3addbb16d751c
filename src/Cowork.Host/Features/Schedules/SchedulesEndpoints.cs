using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

sealed class SchedulesEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules");
        schedules.MapGet("/", List);
        schedules.MapPost("/", Create);
        schedules.MapGet("/{id}", Get);
        schedules.MapPut("/{id}", Update);
        schedules.MapPatch("/{id}", Update);
        schedules.MapDelete("/{id}", Delete);
        schedules.MapPost("/{id}/pause", Pause);
        schedules.MapPost("/{id}/resume", Resume);
        schedules.MapPost("/{id}/run-now", RunNow);
        schedules.MapGet("/{id}/runs", Runs);
        schedules.MapPost("/{id}/runs/{run}/cancel", CancelRun);
        schedules.MapPost("/{id}/trigger", Trigger);
        schedules.MapPost("/{id}/trigger-secret", RotateSecret);
        schedules.MapDelete("/{id}/trigger-secret", RemoveSecret);
        schedules.MapPost("/{id}/notify-secret", RotateNotifySecret);
        schedules.MapDelete("/{id}/notify-secret", RemoveNotifySecret);
    }

    static IResult List(HttpRequest request, SchedulesService schedules)
    {
        var project = request.Query["project_id"].ToString();
        return PolledJson.Of(
            schedules.List(project.Length == 0 ? null : RouteId.Parse(project, "project_id"), Page.Of(request)), SchedulesJson.Default.ScheduleList);
    }

    static async Task<IResult> Create(HttpRequest request, SchedulesService schedules, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync(request, ScheduleWriteJson.Default.ScheduleWrite, bothCases: true);
        return TypedResults.Json(await schedules.CreateAsync(body, ct), SchedulesJson.Default.ScheduleView, statusCode: StatusCodes.Status201Created);
    }

    static IResult Get(string id, SchedulesService schedules) =>
        TypedResults.Json(schedules.View(RouteId.Parse(id)), SchedulesJson.Default.ScheduleView);

    static async Task<IResult> Update(HttpRequest request, string id, SchedulesService schedules, CancellationToken ct)
    {
        var schedule = RouteId.Parse(id);
        var body = await JsonBody.ReadAsync(request, ScheduleWriteJson.Default.ScheduleWrite, bothCases: true);
        return TypedResults.Json(await schedules.UpdateAsync(schedule, body, ct), SchedulesJson.Default.ScheduleView);
    }

    static async Task<IResult> Delete(string id, SchedulesService schedules, CancellationToken ct)
    {
        await schedules.DeleteAsync(RouteId.Parse(id), ct);
        return TypedResults.NoContent();
    }

    static async Task<IResult> Pause(string id, SchedulesService schedules, CancellationToken ct) =>
        TypedResults.Json(await schedules.SetEnabledAsync(RouteId.Parse(id), enabled: false, ct), SchedulesJson.Default.ScheduleView);

    static async Task<IResult> Resume(string id, SchedulesService schedules, CancellationToken ct) =>
        TypedResults.Json(await schedules.SetEnabledAsync(RouteId.Parse(id), enabled: true, ct), SchedulesJson.Default.ScheduleView);

    static IResult Runs(HttpRequest request, string id, SchedulesService schedules, ScheduleRuns runs)
    {
        var wanted = Page.Of(request);
        var page = (wanted with { Limit = wanted.Limit ?? ScheduleRuns.DefaultLimit }).Cut(runs.List(schedules.Get(RouteId.Parse(id)).Id), r => r.Id);
        return PolledJson.Of(new(page.Items, page.HasMore), SchedulesJson.Default.RunList);
    }

    static async Task<IResult> RunNow(string id, ScheduleRunner runner, CancellationToken ct) =>
        Started(await runner.RunNowAsync(RouteId.Parse(id), (_, _) => { }, payload: null, ct));

    static async Task<IResult> CancelRun(string id, string run, ScheduleRuns runs, ActiveRuns active, CancellationToken ct)
    {
        var (schedule, runId) = (RouteId.Parse(id), RouteId.Parse(run));
        runs.Get(schedule, runId);
        await active.StopAsync([runId], RunResult.Stopped, ct);
        return TypedResults.Json(runs.Get(schedule, runId), SchedulesJson.Default.RunView);
    }

    static async Task<IResult> Trigger(HttpRequest request, string id, ScheduleTriggers triggers, CancellationToken ct) =>
        Started(await triggers.TriggerAsync(RouteId.Parse(id), request.Headers[ScheduleTriggers.SecretHeader].ToString(), request.Body, ct));

    static async Task<IResult> RotateSecret(string id, ScheduleTriggers triggers, CancellationToken ct)
    {
        var schedule = RouteId.Parse(id);
        var secret = await triggers.RotateSecretAsync(schedule, ct);
        return TypedResults.Json(new(secret, $"/api/v1/schedules/{schedule}/trigger"), SchedulesJson.Default.TriggerSecret, statusCode: StatusCodes.Status201Created);
    }

    static async Task<IResult> RemoveSecret(string id, ScheduleTriggers triggers, CancellationToken ct)
    {
        await triggers.RemoveSecretAsync(RouteId.Parse(id), ct);
        return TypedResults.NoContent();
    }

    static async Task<IResult> RotateNotifySecret(string id, SchedulesService schedules, CancellationToken ct) =>
        TypedResults.Json(new(await schedules.RotateNotifySecretAsync(RouteId.Parse(id), ct)), SchedulesJson.Default.NotifySecret, statusCode: StatusCodes.Status201Created);

    static async Task<IResult> RemoveNotifySecret(string id, SchedulesService schedules, CancellationToken ct)
    {
        await schedules.ChangeAsync(RouteId.Parse(id), s => s.NotifySecret = null, ct);
        return TypedResults.NoContent();
    }

    static IResult Started(Claim claim) =>
        TypedResults.Json(new("The run has started.", claim.ConversationId, claim.RunId), SchedulesJson.Default.RunStarted, statusCode: StatusCodes.Status202Accepted);
}
