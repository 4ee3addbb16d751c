using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests.Schedules;

/// <summary>Runs that wait in line, are stopped, take each other's place, or are cut short by the server's end. One may go on at a time.</summary>
public sealed class ScheduledRunTests : IAsyncLifetime
{
    readonly ShiftedClock _clock = new();
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _host = await HostUnderTest.StartWithScriptsAsync(new() { ["COWORK_SCHEDULED_RUNS"] = "1" }, builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Of_runs_that_are_asked_for_at_once_the_newest_takes_the_place_of_the_others()
    {
        var id = await CreateAsync("hang", new() { ["overlap_policy"] = "cancel_previous" }, dueIn: TimeSpan.FromDays(1));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now")));
        Assert.All(answers, a => Assert.True(a.Status is 202 or 409, a.Body?.ToJsonString()));
        await _host.RunsEndedAsync(id, 19);
        var runs = await _host.RunsAsync(id);
        Assert.Equal("running", runs[0]!.Text("status"));
        Assert.All(runs.Skip(1), r => Assert.Equal("cancelled", r!.Text("errorCode")));
        Assert.Single((JsonArray)(await _host.GetJsonAsync("responses/in-flight-list"))["in_flight"]!);
    }

    [Fact]
    public async Task A_run_that_hangs_does_not_keep_the_one_that_stops_it_in_line()
    {
        var id = await CreateAsync("hang", new() { ["overlap_policy"] = "cancel_previous" });
        await _host.LookForDueAsync();
        await _host.RunStartedAsync(id);
        _clock.Offset += TimeSpan.FromHours(1);
        await _host.LookForDueAsync();
        await _host.RunsEndedAsync(id, 1);
        Assert.Equal(("running", "cancelled"), ((await _host.RunsAsync(id))[0]!.Text("status"), (await _host.RunsAsync(id))[1]!.Text("errorCode")));
    }

    [Fact]
    public async Task A_run_that_waits_to_try_again_gives_its_place_to_others()
    {
        var failing = await FailOnceAsync();
        var other = await CreateAsync("say|done");
        await _host.LookForDueAsync();
        await _host.RunsEndedAsync(other, 1);
        var run = Assert.Single(await _host.RunsAsync(failing))!;
        Assert.Equal(("running", 1), (run.Text("status"), run["attempt"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_run_that_waits_to_try_again_can_be_stopped()
    {
        var id = await FailOnceAsync();
        var run = Assert.Single(await _host.RunsAsync(id))!;
        var (status, stopped) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/runs/{run.Text("id")}/cancel");
        Assert.Equal(200, status);
        Assert.Equal(("failed", "cancelled", 1), (stopped!.Text("status"), stopped!.Text("errorCode"), stopped!["attempt"]!.GetValue<int>()));
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/runs/{Guid.NewGuid()}/cancel")).Status);
    }

    [Fact]
    public async Task A_stop_in_its_conversation_ends_a_run_that_waits_to_try_again()
    {
        _clock.Held = TimeSpan.FromSeconds(10);
        var id = await FailOnceAsync();
        var conversation = Assert.Single(await _host.RunsAsync(id))!.Text("conversationId");
        var (_, answer) = await StopConversationAsync(conversation);
        Assert.True(answer!["cancelled"]!.GetValue<bool>());
        var run = Assert.Single(await _host.RunsAsync(id))!;
        Assert.Equal(("failed", "cancelled", 1), (run.Text("status"), run.Text("errorCode"), run["attempt"]!.GetValue<int>()));
        (_, answer) = await StopConversationAsync(conversation);
        Assert.False(answer!["cancelled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_stop_of_its_last_turn_ends_a_run_that_waits_to_try_again_and_one_of_an_earlier_turn_does_not()
    {
        _clock.Skipped = new HashSet<TimeSpan> { TimeSpan.FromSeconds(10) };
        _clock.Held = TimeSpan.FromSeconds(20);
        var id = await CreateAsync("fail|provider_overloaded|Too busy.", new() { ["max_retries"] = 3 });
        await _host.LookForDueAsync();
        await Eventually.TrueAsync(async () => (await _host.RunsAsync(id)) is [{ } run] && run["attempt"]!.GetValue<int>() == 2 && await FinishedAsync(run) == 2, Ct);
        var turns = _host.Get<Database>().Query(s => s.List(r => Encodings.ToId(r.GetString(0)), "SELECT id FROM turns ORDER BY number"));
        await _host.SendAsync(HttpMethod.Post, $"responses/resp-{turns[0]}/cancel");
        Assert.Equal("running", Assert.Single(await _host.RunsAsync(id))!.Text("status"));
        var (_, answer) = await _host.SendAsync(HttpMethod.Post, $"responses/resp-{turns[1]}/cancel");
        Assert.Equal("failed", answer!.Text("status"));
        var run = Assert.Single(await _host.RunsAsync(id))!;
        Assert.Equal(("failed", "cancelled", 2), (run.Text("status"), run.Text("errorCode"), run["attempt"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_run_that_goes_on_can_be_stopped()
    {
        var id = await CreateAsync("hang");
        await _host.LookForDueAsync();
        var run = await _host.RunStartedAsync(id);
        var (_, stopped) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/runs/{run.Text("id")}/cancel");
        Assert.Equal(("failed", "cancelled"), (stopped!.Text("status"), stopped!.Text("errorCode")));
        Assert.Empty((JsonArray)(await _host.GetJsonAsync("responses/in-flight-list"))["in_flight"]!);
    }

    [Fact]
    public async Task What_waits_in_line_when_the_server_stops_runs_after_the_start()
    {
        var going = await CreateAsync("hang");
        await _host.LookForDueAsync();
        await _host.RunStartedAsync(going);
        var hourly = await CreateAsync("say|hourly");
        var once = await CreateAsync("say|once", new() { ["cadence"] = "once" });
        await _host.LookForDueAsync();
        await Eventually.TrueAsync(async () => (await _host.RunsAsync(once)).Count == 1, Ct);

        await _host.RestartAsync();
        await _host.LookForDueAsync();
        foreach (var id in (Guid[])[hourly, once])
        {
            await _host.RunsEndedAsync(id, 1);
            Assert.Equal("success", Assert.Single(await _host.RunsAsync(id))!.Text("status"));
        }

        Assert.Equal("interrupted", Assert.Single(await _host.RunsAsync(going))!.Text("errorCode"));
        Assert.False((await _host.ScheduleAsync(once))["enabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_schedule_that_is_deleted_while_its_run_waits_in_line_does_not_run()
    {
        var (going, waiting) = await OneGoesOnAndOneWaitsAsync();
        Assert.Equal(204, (await _host.SendAsync(HttpMethod.Delete, $"schedules/{waiting}")).Status);
        await EndAndLetTheLineMoveAsync(going);
        Assert.DoesNotContain("waits", (await _host.GetJsonAsync("conversations")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schedule_that_is_paused_while_its_run_waits_in_line_does_not_run()
    {
        var (going, waiting) = await OneGoesOnAndOneWaitsAsync();
        await _host.SendAsync(HttpMethod.Post, $"schedules/{waiting}/pause");
        await EndAndLetTheLineMoveAsync(going);
        var run = Assert.Single(await _host.RunsAsync(waiting))!;
        Assert.Equal(("failed", "cancelled"), (run.Text("status"), run.Text("errorCode")));
        Assert.Null(run["conversationId"]);
    }

    [Fact]
    public async Task A_run_in_line_shows_no_conversation_and_its_time_begins_with_its_turn()
    {
        var (going, waiting) = await OneGoesOnAndOneWaitsAsync();
        var inLine = Assert.Single(await _host.RunsAsync(waiting))!;
        Assert.Null(inLine["conversationId"]);
        await StopAsync(going);
        await _host.RunsEndedAsync(waiting, 1);
        var run = Assert.Single(await _host.RunsAsync(waiting))!;
        Assert.True(run["startedAt"]!.GetValue<DateTime>() > inLine["startedAt"]!.GetValue<DateTime>());
    }

    [Fact]
    public async Task Deleting_a_schedule_stops_what_it_runs()
    {
        var id = await CreateAsync("hang");
        await _host.LookForDueAsync();
        await _host.RunStartedAsync(id);
        await _host.SendAsync(HttpMethod.Delete, $"schedules/{id}");
        await Eventually.TrueAsync(async () => ((JsonArray)(await _host.GetJsonAsync("responses/in-flight-list"))["in_flight"]!).Count == 0, Ct);
    }

    [Fact]
    public async Task The_time_limit_covers_the_waits_between_attempts()
    {
        _clock.Held = TimeSpan.FromMinutes(7);
        var id = await FailOnceAsync(new() { ["time_limit_minutes"] = 7 });
        _clock.LetGo();
        await _host.RunsEndedAsync(id, 1);
        var run = Assert.Single(await _host.RunsAsync(id))!;
        Assert.Equal(("timed_out", 1), (run.Text("errorCode"), run["attempt"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_schedule_without_a_time_limit_has_the_one_of_the_settings()
    {
        _clock.Held = TimeSpan.FromMinutes(42);
        await _host.SendAsync(HttpMethod.Put, "settings/schedule_time_limit", new JsonObject { ["value"] = "42" });
        var id = await CreateAsync("usage|10|5\nhang");
        await _host.LookForDueAsync();
        var started = await _host.RunStartedAsync(id);
        Assert.Equal("running", started.Text("status"));
        _clock.LetGo();
        await _host.RunsEndedAsync(id, 1);
        Assert.Equal("timed_out", Assert.Single(await _host.RunsAsync(id))!.Text("errorCode"));
    }

    [Fact]
    public async Task Tokens_of_all_attempts_are_counted()
    {
        _clock.Skipped = new HashSet<TimeSpan> { TimeSpan.FromSeconds(10) };
        var id = await CreateAsync("usage|10|5\nfail|provider_overloaded|Too busy.", new() { ["max_retries"] = 1 });
        await _host.LookForDueAsync();
        await _host.RunsEndedAsync(id, 1);
        var run = Assert.Single(await _host.RunsAsync(id))!;
        Assert.Equal((2, 20, 10), (run["attempt"]!.GetValue<int>(), run["inputTokens"]!.GetValue<int>(), run["outputTokens"]!.GetValue<int>()));
    }

    /// <summary>A schedule whose run has failed once and waits to try again.</summary>
    async Task<Guid> FailOnceAsync(JsonObject? fields = null)
    {
        var body = fields ?? [];
        body["max_retries"] = 3;
        var id = await CreateAsync("fail|provider_overloaded|Too busy.", body);
        await _host.LookForDueAsync();
        var run = await _host.RunStartedAsync(id);
        await Eventually.TrueAsync(async () => await FinishedAsync(run) == 1, Ct);
        return id;
    }

    /// <summary>How many of its attempts have ended.</summary>
    async Task<int> FinishedAsync(JsonNode run) => ((JsonArray)(await _host.GetJsonAsync($"conversations/{run.Text("conversationId")}/items"))).Count / 2;

    async Task<(Guid Going, Guid Waiting)> OneGoesOnAndOneWaitsAsync()
    {
        var going = await CreateAsync("hang");
        await _host.LookForDueAsync();
        await _host.RunStartedAsync(going);
        var waiting = await CreateAsync("say|waits", new() { ["title"] = "waits" });
        await _host.LookForDueAsync();
        Assert.Single(await _host.RunsAsync(waiting));
        return (going, waiting);
    }

    /// <summary>Ends when one that came into the line last is through.</summary>
    async Task EndAndLetTheLineMoveAsync(Guid going)
    {
        var last = await CreateAsync("say|last");
        await _host.LookForDueAsync();
        await StopAsync(going);
        await _host.RunsEndedAsync(last, 1);
    }

    async Task StopAsync(Guid schedule)
    {
        var run = await _host.RunStartedAsync(schedule);
        await StopConversationAsync(run.Text("conversationId"));
    }

    Task<(int Status, JsonNode? Body)> StopConversationAsync(string? id) => _host.SendAsync(HttpMethod.Post, "responses/cancel", new JsonObject { ["conversation_id"] = id });

    Task<Guid> CreateAsync(string prompt, JsonObject? fields = null, TimeSpan? dueIn = null)
    {
        var body = fields ?? [];
        body["harness"] = "script";
        return _host.CreateScheduleAsync(prompt, body, _clock.GetUtcNow() + (dueIn ?? TimeSpan.FromSeconds(-5)));
    }
}
