using System.Globalization;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Schedules;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests.Schedules;

/// <summary>Runs that nobody watches: what they may do, how long, how often and for how many tokens.</summary>
public sealed class UnattendedTests : IAsyncLifetime
{
    readonly ShiftedClock _clock = new();
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _host = await HostUnderTest.StartWithScriptsAsync(new() { ["COWORK_SCHEDULED_RUNS"] = "3" }, builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("{}", "denied", "denied")]
    [InlineData("""{"approved_actions":["run_command: npm test"]}""", "allowed", "denied")]
    [InlineData("""{"approvedActions":["run_command"]}""", "allowed", "allowed")]
    [InlineData("""{"approval_policy":"allow"}""", "allowed", "allowed")]
    public async Task A_run_never_waits_and_does_what_its_schedule_allows(string policy, string test, string publish)
    {
        var (run, answer) = await RunAsync("approve|run_command|npm test\napprove|run_command|npm publish\nask|Which?\nturn", policy);
        Assert.Equal("success", Text(run, "status"));
        var lines = answer.Split('\n');
        Assert.StartsWith(test, lines[0], StringComparison.Ordinal);
        Assert.StartsWith(publish, lines[1], StringComparison.Ordinal);
        Assert.Equal(["answer: none", "interactive False, budget "], lines[2..]);
        Assert.Empty((JsonArray)(await _host.GetJsonAsync("approvals"))["approvals"]!);
    }

    [Fact]
    public async Task What_a_project_allows_to_those_who_watch_a_schedule_may_not_do_at_night()
    {
        await _host.SendAsync(HttpMethod.Put, "settings/approval_policy", new JsonObject { ["value"] = "allow" });
        Assert.StartsWith("allowed", HostUnderTest.TextOf(await _host.RunScriptAsync("approve|run_command|npm test", Guid.NewGuid())), StringComparison.Ordinal);
        Assert.StartsWith("denied: Nobody is there", (await RunAsync("approve|run_command|npm test", "{}")).Answer, StringComparison.Ordinal);
        Assert.StartsWith("allowed", (await RunAsync("approve|run_command|npm test", """{"approval_policy":"allow"}""")).Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "allowed")]
    [InlineData("""{"actions":{"run_code":"ask"}}""", "denied: Nobody is there")]
    [InlineData("""{"actions":{"run_code":"deny"}}""", "denied: The project")]
    [InlineData("""{"policy":"deny"}""", "denied: The project")]
    public async Task A_run_may_compute_unless_somebody_says_otherwise(string policy, string answer)
    {
        await _host.SendAsync(HttpMethod.Put, $"projects/{Cowork.Host.Features.Projects.Project.GeneralId}/approval-policy", JsonNode.Parse(policy));
        Assert.StartsWith(answer, (await RunAsync("approve|run_code|python", "{}")).Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_uses_more_tokens_than_it_was_given_is_stopped()
    {
        var (run, answer) = await RunAsync("turn\nusage|60|40\nsay| within\nusage|1|0\nhang", """{"token_budget":100}""");
        Assert.Equal(("failed", "token_limit"), (Text(run, "status"), Text(run, "errorCode")));
        Assert.Equal("interactive False, budget 100 within", answer);
        Assert.Equal((61, 40), (run["inputTokens"]!.GetValue<int>(), run["outputTokens"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_failure_that_may_pass_is_tried_again()
    {
        _clock.Skipped = new HashSet<TimeSpan> { TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20) };
        var (run, _) = await RunAsync("fail|provider_overloaded|Too busy.", """{"max_retries":2}""");
        Assert.Equal(("failed", "provider_overloaded", 3), (Text(run, "status"), Text(run, "errorCode"), run["attempt"]!.GetValue<int>()));
        Assert.Equal(6, ((JsonArray)await _host.GetJsonAsync($"conversations/{Text(run, "conversationId")}/items")).Count);
    }

    [Fact]
    public async Task A_failure_that_stays_is_not_tried_again()
    {
        var (run, _) = await RunAsync("fail|provider_auth|Wrong key.", """{"max_retries":2}""");
        Assert.Equal(("provider_auth", 1), (Text(run, "errorCode"), run["attempt"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_stopped()
    {
        _clock.Skipped = new HashSet<TimeSpan> { TimeSpan.FromMinutes(7) };
        var (run, _) = await RunAsync("hang", """{"time_limit_minutes":7}""");
        Assert.Equal(("failed", "timed_out"), (Text(run, "status"), Text(run, "errorCode")));
    }

    [Fact]
    public async Task Of_ten_thousand_schedules_the_thousand_that_are_due_run_once_each_and_a_few_at_a_time()
    {
        await _host.Get<Database>().WriteAsync(
            w =>
            {
                for (var i = 0; i < 10_000; i++)
                    ScheduleRows.Save(w, Scheduled(i, due: i < 1000 ? TimeSpan.FromMinutes(30) + i * TimeSpan.FromMilliseconds(50) : TimeSpan.FromDays(1 + i % 300)));
            },
            Ct);
        var (claims, runner) = (_host.Get<ScheduleClaims>(), _host.Get<ScheduleRunner>());
        var idle = await TimedAsync(() => claims.TakeDueAsync(Ct));
        _clock.Offset += TimeSpan.FromMinutes(32);
        var busy = await TimedAsync(() => Task.WhenAll(Enumerable.Range(0, 4).Select(_ => runner.PollAsync(Ct))));
        TestContext.Current.TestOutputHelper!.WriteLine($"A tick over 10,000 schedules: {idle.TotalMilliseconds:0.00} ms with nothing due, {busy.TotalMilliseconds:0} ms to claim 1,000.");

        // A thousand turns, three at a time, of a debug build that shares its machine.
        await Eventually.TrueAsync(() => Task.FromResult(Count("status <> 'running'") == 1000), TimeSpan.FromMinutes(5), Ct);
        Assert.Equal((1000, 1000), (Count("status = 'success'"), Count("id IN (SELECT MIN(id) FROM schedule_runs GROUP BY schedule_id)")));
        var peaks = _host.Get<Database>().Query(s => s.List(r => r.GetString(0), "SELECT DISTINCT content FROM messages WHERE role = 'assistant'"));
        Assert.InRange(peaks.Max(p => int.Parse(p.Split(' ')[1].AsSpan(0, 1), CultureInfo.InvariantCulture)), 2, 3);
    }

    Schedule Scheduled(int i, TimeSpan due) => new()
    {
        Id = Guid.CreateVersion7(),
        Title = $"{i}",
        Prompt = "peak",
        Cadence = Cadence.Hourly,
        Timezone = "UTC",
        NextRunAt = _clock.UtcNow() + due,
        Harness = "script",
        ProjectId = Cowork.Host.Features.Projects.Project.GeneralId,
        CreatedAt = _clock.UtcNow(),
        ModifiedAt = _clock.UtcNow(),
    };

    int Count(string which) => _host.Get<Database>().Query(s => Convert.ToInt32(s.Scalar($"SELECT COUNT(*) FROM schedule_runs WHERE {which}"), CultureInfo.InvariantCulture));

    static async Task<TimeSpan> TimedAsync(Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(start);
    }

    [Fact]
    public async Task What_a_schedule_may_do_is_shown_and_changed()
    {
        var id = await CreateAsync("p", """{"approved_actions":["publish"],"token_budget":5000}""");
        var made = await _host.GetJsonAsync($"schedules/{id}");
        Assert.Equal(("deny", """["publish"]""", 5000), (Text(made, "approvalPolicy"), made["approvedActions"]!.ToJsonString(), made["tokenBudget"]!.GetValue<int>()));
        var (_, changed) = await _host.SendAsync(HttpMethod.Patch, $"schedules/{id}", JsonNode.Parse("""{"approvedActions":[],"tokenBudget":0,"title":"x"}"""));
        Assert.Equal("[]", changed!["approvedActions"]!.ToJsonString());
        Assert.Null(changed["tokenBudget"]);
    }

    [Theory]
    [InlineData("""{"approval_policy":"ask"}""")]
    [InlineData("""{"approved_actions":["Run it"]}""")]
    [InlineData("""{"approved_actions":["run_command:npm"]}""")]
    [InlineData("""{"approved_actions":[null]}""")]
    [InlineData("""{"token_budget":-1}""")]
    public async Task What_a_schedule_cannot_be_given_is_refused(string fields)
    {
        var (status, _) = await PostAsync("p", fields);
        Assert.Equal(422, status);
    }

    async Task<(JsonNode Run, string Answer)> RunAsync(string prompt, string fields)
    {
        var id = await CreateAsync(prompt, fields);
        await _host.Get<ScheduleRunner>().PollAsync(Ct);
        JsonNode? run = null;
        await Eventually.TrueAsync(
            async () => (run = ((JsonArray)(await _host.GetJsonAsync($"schedules/{id}/runs"))["runs"]!).SingleOrDefault()) is not null && Text(run, "status") != "running", Ct);
        return (run!, await AnswerAsync(Text(run!, "conversationId")!));
    }

    async Task<string> AnswerAsync(string conversation) =>
        ((JsonArray)await _host.GetJsonAsync($"conversations/{conversation}/items"))[1]!["content"]!.GetValue<string>();

    async Task<Guid> CreateAsync(string prompt, string fields)
    {
        var (status, body) = await PostAsync(prompt, fields);
        Assert.Equal(201, status);
        return body!["id"]!.GetValue<Guid>();
    }

    Task<(int Status, JsonNode? Body)> PostAsync(string prompt, string fields)
    {
        var body = (JsonObject)JsonNode.Parse(fields)!;
        (body["title"], body["prompt"], body["cadence"], body["harness"]) = ("alone", prompt, "hourly", "script");
        body["next_run_at"] = (_clock.GetUtcNow() - TimeSpan.FromSeconds(5)).ToString("o", CultureInfo.InvariantCulture);
        return _host.SendAsync(HttpMethod.Post, "schedules", body);
    }

    static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
