using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Schedules;

/// <summary>Schedules as clients make and read them, and as other programs trigger them.</summary>
public sealed class SchedulesTests : IAsyncLifetime
{
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_project_is_kept_by_its_name()
    {
        await _host.SendAsync(HttpMethod.Post, "projects", new JsonObject { ["name"] = "weekly-report" });
        var created = await CreateAsync(new() { ["project"] = "weekly-report", ["model"] = null });
        Assert.Equal("weekly-report", Text(created, "project"));
        Assert.EndsWith("weekly-report", Text(created, "projectPath"), StringComparison.Ordinal);
        var (_, changed) = await _host.SendAsync(HttpMethod.Put, $"schedules/{Text(created, "id")}", new JsonObject { ["title"] = "New", ["project"] = null });
        Assert.Equal("weekly-report", Text(changed!, "project"));
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Put, $"schedules/{Text(created, "id")}", new JsonObject { ["project"] = "nowhere" })).Status);
    }

    [Fact]
    public async Task A_schedule_of_its_own_rhythm_shows_when_it_comes_next()
    {
        var cron = await CreateAsync(new() { ["cadence"] = "cron", ["cron"] = "30 9 * * MON-FRI", ["timezone"] = "America/New_York", ["nextRunAt"] = null });
        var runs = ((JsonArray)cron["nextRuns"]!).Select(n => n!.GetValue<DateTime>()).ToList();
        Assert.Equal(5, runs.Count);
        Assert.Equal(cron["nextRunAt"]!.GetValue<DateTime>(), runs[0]);
        Assert.EndsWith("Z", Text(cron, "nextRunAt"), StringComparison.Ordinal);
        Assert.Equal(runs.Order(), runs);

        var every = await CreateAsync(new() { ["cadence"] = "every", ["everyMinutes"] = 45, ["nextRunAt"] = null });
        Assert.Equal(45, every["everyMinutes"]!.GetValue<int>());
        // The reference reads these rows too, and knows four cadences.
        var stored = _host.Get<Cowork.Host.Platform.Data.Database>().Query(s => s.List(r => r.GetString(0), "SELECT DISTINCT cadence FROM schedules ORDER BY 1"));
        Assert.Equal(["daily", "hourly"], stored);
    }

    [Theory]
    [InlineData("timezone", "Mars/Olympus")]
    [InlineData("cadence", "monthly")]
    [InlineData("nextRunAt", "tomorrow")]
    [InlineData("nextRunAt", "2090-13-01T00:00:00Z")]
    [InlineData("nextRunAt", null)]
    [InlineData("title", " ")]
    [InlineData("missedPolicy", "whatever")]
    [InlineData("overlapPolicy", "whatever")]
    [InlineData("timeLimitMinutes", -1)]
    [InlineData("harness", "nobody")]
    [InlineData("notifyUrl", "file:///etc/passwd")]
    [InlineData("notifyUrl", "https://user:secret@example.com/")] // it would be sent, and shown
    [InlineData("notifyUrl", "http://169.254.169.254/latest/meta-data")]
    [InlineData("notifyUrl", "http://[::ffff:169.254.169.254]/")]
    [InlineData("notifyUrl", "http://[fe80::1]/")]
    public async Task A_field_that_cannot_be_so_is_refused(string field, object? value)
    {
        var (status, body) = await _host.SendAsync(HttpMethod.Post, "schedules", Body(new() { [field] = value is null ? null : JsonValue.Create(value) }));
        Assert.Equal(422, status);
        Assert.False(string.IsNullOrEmpty(Text(body!, "detail")));
    }

    [Theory]
    [InlineData("0 0 30 2 *")]
    [InlineData("every day")]
    [InlineData("* * * *")]
    public async Task A_cron_expression_that_never_fires_is_refused(string cron) =>
        Assert.Equal(422, (await _host.SendAsync(HttpMethod.Post, "schedules", Body(new() { ["cadence"] = "cron", ["cron"] = cron }))).Status);

    [Fact]
    public async Task A_trigger_needs_the_secret_and_brings_its_data_into_the_prompt()
    {
        var id = Text(await CreateAsync(new() { ["harness"] = "echo", ["prompt"] = "Look at {{payload}}." }), "id");
        Assert.Equal(HttpStatusCode.Unauthorized, await TriggerAsync(id, "", "{}"));
        var (_, made) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/trigger-secret");
        var secret = Text(made!, "secret")!;
        Assert.Equal(HttpStatusCode.Unauthorized, await TriggerAsync(id, secret + "x", "{}"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await TriggerAsync(id, secret, "{"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await TriggerAsync(id, secret, $"\"{new string('x', 70_000)}\""));
        Assert.Equal(HttpStatusCode.Accepted, await TriggerAsync(id, secret, """{"issue":7}"""));
        var run = await EndedAsync(id);
        var items = (JsonArray)await _host.GetJsonAsync($"conversations/{Text(run, "conversationId")}/items");
        Assert.Equal("""Look at {"issue":7}.""", Text(items[0]!, "content"));

        await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/trigger-secret");
        Assert.Equal(HttpStatusCode.Unauthorized, await TriggerAsync(id, secret, "{}"));
        var stored = await _host.GetJsonAsync($"schedules/{id}");
        Assert.True(stored["hasTrigger"]!.GetValue<bool>());
        Assert.DoesNotContain(secret, stored.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_that_is_no_text_is_refused()
    {
        var id = Text(await CreateAsync(new() { ["harness"] = "echo" }), "id");
        var (_, made) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/trigger-secret");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"schedules/{id}/trigger") { Content = new ByteArrayContent([(byte)'"', 0xFF, (byte)'"']) };
        request.Headers.Add("X-Trigger-Secret", Text(made!, "secret"));
        using var response = await _host.Http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_run_without_a_trigger_has_an_empty_payload()
    {
        var id = Text(await CreateAsync(new() { ["harness"] = "echo", ["prompt"] = "Look at {{payload}}." }), "id");
        await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
        var items = (JsonArray)await _host.GetJsonAsync($"conversations/{Text(await EndedAsync(id), "conversationId")}/items");
        Assert.Equal("Look at .", Text(items[0]!, "content"));
    }

    [Theory]
    [InlineData("3786912000", "2090-01-01T00:00:00Z")]
    [InlineData("3786912000.5", "2090-01-01T00:00:00.5Z")]
    [InlineData("3786912000000", "2090-01-01T00:00:00Z")]
    [InlineData("\"3786912000\"", "2090-01-01T00:00:00Z")]
    [InlineData("\"2090-01-01\"", "2090-01-01T00:00:00Z")]
    [InlineData("\"2090-01-01T02:00+02\"", "2090-01-01T00:00:00Z")]
    [InlineData("\"2090-01-01T02:00:00-0330\"", "2090-01-01T05:30:00Z")]
    [InlineData("\"2090-01-01t02:00:00.25z\"", "2090-01-01T02:00:00.25Z")]
    public async Task A_time_may_be_written_in_the_usual_ways(string written, string meant)
    {
        var created = await CreateAsync(new() { ["nextRunAt"] = JsonNode.Parse(written) });
        Assert.Equal(meant, Text(created, "nextRunAt"));
    }

    [Theory]
    [InlineData("Europe/Berlin", "America/New_York", "2090-06-01T07:00:00Z", "2090-06-01T13:00:00Z")]
    [InlineData("America/New_York", "Asia/Kolkata", "2090-06-01T13:00:00Z", "2090-06-01T03:30:00Z")]
    public async Task Another_zone_keeps_the_wall_clock(string zone, string other, string before, string after)
    {
        var id = Text(await CreateAsync(new() { ["timezone"] = zone, ["nextRunAt"] = before }), "id");
        var (_, changed) = await _host.SendAsync(HttpMethod.Patch, $"schedules/{id}", new JsonObject { ["timezone"] = other });
        Assert.Equal(after, Text(changed!, "nextRunAt"));
    }

    [Fact]
    public async Task A_list_comes_in_pages_and_says_nothing_that_must_be_computed()
    {
        var ids = new List<string?>();
        for (var i = 0; i < 5; i++)
            ids.Add(Text(await CreateAsync([]), "id"));
        var all = await _host.GetJsonAsync("schedules");
        Assert.Equal(ids, Ids(all));
        Assert.All((JsonArray)all["schedules"]!, s => Assert.False(((JsonObject)s!).ContainsKey("nextRuns")));
        var first = await _host.GetJsonAsync("schedules?limit=3");
        Assert.Equal(ids[..3], Ids(first));
        Assert.True(first["hasMore"]!.GetValue<bool>());
        var rest = await _host.GetJsonAsync($"schedules?limit=3&after={ids[2]}");
        Assert.Equal(ids[3..], Ids(rest));
        Assert.False(rest["hasMore"]!.GetValue<bool>());
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Get, $"schedules?after={Guid.NewGuid()}")).Status);

        static List<string?> Ids(JsonNode list) => [.. ((JsonArray)list["schedules"]!).Select(s => Text(s!, "id"))];
    }

    [Fact]
    public async Task A_schedule_that_is_off_has_nothing_next()
    {
        var id = Text(await CreateAsync(new() { ["cadence"] = "once", ["enabled"] = false }), "id");
        Assert.Empty((JsonArray)(await _host.GetJsonAsync($"schedules/{id}"))["nextRuns"]!);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("999999999999")]
    public async Task A_length_of_the_history_that_cannot_be_is_refused(string value) =>
        Assert.Equal(400, (await _host.SendAsync(HttpMethod.Put, "settings/schedule_history", new JsonObject { ["value"] = value })).Status);

    [Fact]
    public async Task History_is_kept_to_its_limit()
    {
        await _host.SendAsync(HttpMethod.Put, "settings/schedule_history", new JsonObject { ["value"] = "2" });
        var id = Text(await CreateAsync(new() { ["harness"] = "echo" }), "id");
        for (var i = 0; i < 4; i++)
        {
            await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
            await EndedAsync(id);
        }

        Assert.Equal(2, ((JsonArray)(await _host.GetJsonAsync($"schedules/{id}/runs"))["runs"]!).Count);
    }

    static JsonObject Body(JsonObject fields)
    {
        var body = new JsonObject { ["title"] = "T", ["prompt"] = "p", ["cadence"] = "daily", ["nextRunAt"] = "2090-01-01T09:00:00Z" };
        foreach (var (name, value) in fields)
            body[name] = value?.DeepClone();
        return body;
    }

    async Task<JsonNode> CreateAsync(JsonObject fields)
    {
        var (status, created) = await _host.SendAsync(HttpMethod.Post, "schedules", Body(fields));
        Assert.True(status == 201, created?.ToJsonString());
        return created!;
    }

    async Task<HttpStatusCode> TriggerAsync(string? id, string secret, string payload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"schedules/{id}/trigger") { Content = new StringContent(payload, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Trigger-Secret", secret);
        using var response = await _host.Http.SendAsync(request, Ct);
        return response.StatusCode;
    }

    async Task<JsonNode> EndedAsync(string? id)
    {
        JsonNode? newest = null;
        await Eventually.TrueAsync(
            async () =>
            {
                newest = ((JsonArray)(await _host.GetJsonAsync($"schedules/{id}/runs"))["runs"]!).FirstOrDefault();
                return newest is not null && Text(newest, "status") != "running";
            },
            Ct);
        return newest!;
    }

    static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
