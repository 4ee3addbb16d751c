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
    public async Task The_end_of_a_run_is_told_to_the_webhook()
    {
        using var listener = new HttpListener();
        var url = $"http://127.0.0.1:{FreePort()}/hook/";
        listener.Prefixes.Add(url);
        listener.Start();
        var id = Text(await CreateAsync(new() { ["harness"] = "echo", ["notifyUrl"] = url }), "id");
        var (_, started) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
        var call = await listener.GetContextAsync().WaitAsync(Ct);
        var told = (await JsonNode.ParseAsync(call.Request.InputStream, cancellationToken: Ct))!;
        call.Response.Close();
        Assert.Equal("success", Text(told, "status"));
        Assert.Equal(Text(started!, "run_id"), Text(told, "run_id"));
    }

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

    static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
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
