using System.Text.Json.Nodes;
using Cowork.Host.Features.Schedules;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cowork.Host.Tests.Schedules;

/// <summary>The clock and the runs: real server, real plugin, a clock that can be set.</summary>
public sealed class SchedulingTests : IAsyncLifetime
{
    readonly ShiftedClock _clock = new();
    HostUnderTest _host = null!;
    ScriptedModel _model = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.StartAsync();
        _host = await HostUnderTest.StartAsync(configure: builder => builder.Services.AddSingleton<TimeProvider>(_clock));
        using var client = new CoworkClient(_host.Http.BaseAddress!);
        await client.UseModelAsync(_model.BaseUrl, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task What_is_due_runs_once_however_often_the_clock_looks()
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[say on time]]");
        var due = (await GetAsync(id))["nextRunAt"]!.GetValue<DateTime>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PollAsync()));
        await EndedAsync(id, 1);

        var run = (await RunsAsync(id))[0]!;
        Assert.Equal("success", Text(run, "status"));
        Assert.False(run["manual"]!.GetValue<bool>());
        Assert.Equal(Text(run, "conversationId"), Text(run, "sessionId"));
        var after = await GetAsync(id);
        Assert.Equal(due.AddHours(1), after["nextRunAt"]!.GetValue<DateTime>());
        Assert.Equal(Text(run, "conversationId"), Text(after, "lastResultConversationId"));
        var index = (await _host.GetJsonAsync("schedules"))["runs_index"]!;
        Assert.Equal($"{id}", index[Text(run, "conversationId")!]!.GetValue<string>());
    }

    [Theory]
    [InlineData("skip", 0, 8)]
    [InlineData("run_once", 1, 8)]
    [InlineData("run_all", 9, 0)]
    public async Task After_nine_hours_of_sleep_the_policy_decides(string policy, int runs, int missed)
    {
        var id = await CreateAsync(TimeSpan.FromHours(1), "[[error 400 no]]", new() { ["missedPolicy"] = policy });
        _clock.Offset += TimeSpan.FromHours(9.5);
        await PollAsync();
        await EndedAsync(id, runs);
        await PollAsync();

        Assert.Equal(runs, (await RunsAsync(id)).Count);
        var after = await GetAsync(id);
        Assert.Equal(missed, after["missedRuns"]!.GetValue<int>());
        Assert.True(after["nextRunAt"]!.GetValue<DateTime>() > _clock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Catching_up_stops_at_a_cap()
    {
        var id = await CreateAsync(TimeSpan.FromHours(1), "[[error 400 no]]", new() { ["missed_policy"] = "run_all" });
        _clock.Offset += TimeSpan.FromHours(30.5);
        await PollAsync();
        await EndedAsync(id, ScheduleClaims.MaxCatchUp);
        Assert.Equal(30 - ScheduleClaims.MaxCatchUp, (await GetAsync(id))["missedRuns"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_clock_that_is_set_back_runs_nothing_twice()
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[say once]]");
        await PollAsync();
        await EndedAsync(id, 1);
        var next = Text(await GetAsync(id), "nextRunAt");
        _clock.Offset -= TimeSpan.FromHours(1);
        await PollAsync();
        _clock.Offset += TimeSpan.FromHours(1);
        await PollAsync();
        Assert.Single(await RunsAsync(id));
        Assert.Equal(next, Text(await GetAsync(id), "nextRunAt"));
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_and_back_runs_nothing_twice()
    {
        var id = await CreateAsync(TimeSpan.FromHours(1), "[[say once]]");
        _clock.Offset += TimeSpan.FromHours(1);
        await PollAsync();
        await EndedAsync(id, 1);
        _clock.Offset -= TimeSpan.FromHours(1);
        // The same moment once more, as somebody may set it who sees the clock go back.
        var (status, _) = await _host.SendAsync(HttpMethod.Patch, $"schedules/{id}", new JsonObject { ["next_run_at"] = Text((await RunsAsync(id))[0]!, "occurrenceAt") });
        Assert.Equal(200, status);
        _clock.Offset += TimeSpan.FromHours(1);
        await PollAsync();
        await PollAsync();
        Assert.Single(await RunsAsync(id));
    }

    [Fact]
    public async Task A_row_of_the_reference_is_back_at_its_time_after_a_gap()
    {
        var id = await CreateAsync(TimeSpan.FromDays(1), "p", new() { ["cadence"] = "daily", ["timezone"] = "America/New_York" });
        await _host.Get<Database>().WriteAsync(
            w => w.Execute("UPDATE schedules SET anchor_at = NULL, next_run_at = '2027-03-13 07:30:00.000000' WHERE id = ?1", id), Ct);
        foreach (var (at, next) in ((string, string)[])[("2027-03-13T07:31:00Z", "2027-03-14T07:00:00Z"), ("2027-03-14T07:01:00Z", "2027-03-15T06:30:00Z")])
        {
            _clock.Offset = DateTimeOffset.Parse(at, null) - TimeProvider.System.GetUtcNow();
            await PollAsync();
            Assert.Equal(next, Text(await GetAsync(id), "nextRunAt"));
        }
    }

    [Fact]
    public async Task Of_two_servers_on_one_database_each_occurrence_is_claimed_by_one()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++)
            ids.Add(await CreateAsync(TimeSpan.FromHours(1), "p"));
        await using var other = new Database(_host.Get<ServerOptions>());
        // Beside this server, whose own clock takes part.
        ScheduleClaims[] claims = [_host.Get<ScheduleClaims>(), new(other, _clock, NullLogger<ScheduleClaims>.Instance)];
        _clock.Offset += TimeSpan.FromHours(1);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => claims[i % 2].TakeDueAsync(Ct)));
        foreach (var id in ids)
            Assert.Single(await RunsAsync(id));
    }

    [Fact]
    public async Task The_model_of_a_schedule_is_the_one_that_is_asked()
    {
        var id = await CreateAsync(TimeSpan.FromDays(1), "[[say hello]]", new() { ["model"] = "fake-coder" });
        await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
        await EndedAsync(id, 1);
        Assert.Equal("fake-coder", Assert.Single(_model.Requests).Body.GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_model_that_is_gone_is_a_failed_run()
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[error 404 The model does not exist]]", new() { ["model"] = "no-such-model" });
        await PollAsync();
        await EndedAsync(id, 1);
        var run = Assert.Single(await RunsAsync(id))!;
        Assert.Equal(("failed", "unknown_model"), (Text(run, "status"), Text(run, "errorCode")));
        Assert.Equal("no-such-model", _model.Requests[0].Body.GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_failed_run_says_why_and_the_schedule_moves_on()
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[error 401 no]]");
        await PollAsync();
        await EndedAsync(id, 1);
        await PollAsync();
        var run = Assert.Single(await RunsAsync(id))!;
        Assert.Equal("failed", Text(run, "status"));
        Assert.Equal("provider_auth", Text(run, "errorCode"));
        Assert.Equal(Text(run, "error"), Text(await GetAsync(id), "lastError"));
    }

    [Fact]
    public async Task An_agent_or_a_project_that_is_gone_is_a_failed_run()
    {
        var agent = await CreateAsync(TimeSpan.FromHours(1), "p");
        var project = await CreateAsync(TimeSpan.FromHours(1), "p");
        await _host.Get<Database>().WriteAsync(
            w =>
            {
                w.Execute("UPDATE schedules SET harness = 'gone' WHERE id = ?1", agent);
                w.Execute("UPDATE schedules SET project_id = ?2 WHERE id = ?1", project, Guid.NewGuid());
            },
            Ct);
        // Not due before: the server's own clock ticks too.
        _clock.Offset += TimeSpan.FromHours(1);
        await PollAsync();
        await EndedAsync(agent, 1);
        await EndedAsync(project, 1);
        Assert.Equal("unknown_harness", Text((await RunsAsync(agent))[0]!, "errorCode"));
        var run = (await RunsAsync(project))[0]!;
        Assert.Equal("project_not_found", Text(run, "errorCode"));
        Assert.Null(run["conversationId"]);
        Assert.Equal(409, (await _host.SendAsync(HttpMethod.Post, $"schedules/{project}/run-now")).Status);
    }

    [Theory]
    [InlineData("skip", 1, 1)]
    [InlineData("queue", 1, 0)]
    [InlineData("cancel_previous", 2, 0)]
    public async Task Due_while_the_last_run_goes_on_the_policy_decides(string policy, int runs, int missed)
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[hang]]", new() { ["overlapPolicy"] = policy });
        await PollAsync();
        _clock.Offset += TimeSpan.FromHours(1);
        await PollAsync();
        Assert.Equal(runs, (await RunsAsync(id)).Count);
        Assert.Equal(missed, (await GetAsync(id))["missedRuns"]!.GetValue<int>());
        if (policy == "cancel_previous")
            await Eventually.TrueAsync(async () => Text((await RunsAsync(id))[1]!, "errorCode") == "cancelled", Ct);
        if (policy != "queue")
            return;
        // The one that waited starts when the run is stopped, without the clock.
        await AskedAsync(1);
        await _host.SendAsync(HttpMethod.Post, "responses/cancel", new JsonObject { ["conversation_id"] = Text((await RunsAsync(id))[0]!, "conversationId") });
        await Eventually.TrueAsync(async () => (await RunsAsync(id)).Count == 2, Ct);
    }

    [Fact]
    public async Task Running_by_hand_works_on_a_paused_schedule_and_moves_nothing()
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[say by hand]]", new() { ["enabled"] = false });
        var next = Text(await GetAsync(id), "nextRunAt");
        await PollAsync();
        var (status, body) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
        Assert.Equal(202, status);
        Assert.Equal("due", Text(await _host.GetJsonAsync($"conversations/{Text(body!, "conversation_id")}"), "title"));
        await EndedAsync(id, 1);
        var after = await GetAsync(id);
        Assert.Equal(next, Text(after, "nextRunAt"));
        Assert.False(after["enabled"]!.GetValue<bool>());
        Assert.True((await RunsAsync(id))[0]!["isManual"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Runs_that_a_dead_process_left_open_end_as_their_turns_did()
    {
        var id = await CreateAsync(TimeSpan.FromDays(1), "[[say done]]");
        await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
        await EndedAsync(id, 1);
        await _host.Get<Database>().WriteAsync(
            w =>
            {
                // Killed between the end of the turn and its record; and between the claim and the start.
                w.Execute("UPDATE schedule_runs SET status = 'running', finished_at = NULL WHERE schedule_id = ?1", id);
                w.Execute(
                    "INSERT INTO schedule_runs (id, schedule_id, started_at, status, conversation_id, turn_id) VALUES (?1, ?2, ?3, 'running', ?1, ?1)",
                    Guid.CreateVersion7(), id, _clock.UtcNow());
            },
            Ct);
        await _host.RestartAsync();
        var runs = await RunsAsync(id);
        Assert.Equal(["failed", "success"], runs.Select(r => Text(r!, "status")).Order());
        var lost = runs.Single(r => Text(r!, "status") == "failed")!;
        Assert.Equal("interrupted", Text(lost, "errorCode"));
        Assert.Contains("before this run had begun", Text(lost, "error"), StringComparison.Ordinal);
        Assert.Null(lost["conversationId"]);
    }

    [Fact]
    public async Task A_run_that_the_server_stops_with_itself_is_noted_as_interrupted()
    {
        var id = await CreateAsync(TimeSpan.FromSeconds(-5), "[[hang]]");
        await PollAsync();
        await AskedAsync(1);
        await _host.RestartAsync();
        Assert.Equal("interrupted", Text(Assert.Single(await RunsAsync(id))!, "errorCode"));
    }

    Task<Guid> CreateAsync(TimeSpan dueIn, string prompt, JsonObject? more = null) => _host.CreateScheduleAsync(prompt, more, _clock.GetUtcNow() + dueIn);

    Task PollAsync() => _host.LookForDueAsync();

    Task<JsonNode> GetAsync(Guid id) => _host.ScheduleAsync(id);

    Task<JsonArray> RunsAsync(Guid id) => _host.RunsAsync(id);

    Task EndedAsync(Guid id, int count) => _host.RunsEndedAsync(id, count);

    Task AskedAsync(int count) => Eventually.TrueAsync(() => Task.FromResult(_model.Requests.Count >= count), Ct);

    static string? Text(JsonNode node, string field) => node.Text(field);
}
