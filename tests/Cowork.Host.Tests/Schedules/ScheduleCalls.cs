using System.Globalization;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Schedules;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Schedules;

/// <summary>What tests ask a server for about schedules.</summary>
static class ScheduleCalls
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Makes an hourly schedule, or what the fields say.</summary>
    public static async Task<Guid> CreateScheduleAsync(this HostUnderTest host, string prompt, JsonObject? fields = null, DateTimeOffset? nextRunAt = null)
    {
        var body = new JsonObject { ["title"] = "due", ["prompt"] = prompt, ["cadence"] = "hourly" };
        body["next_run_at"] = nextRunAt is { } next ? next.ToString("o", CultureInfo.InvariantCulture) : "2090-01-01T09:00:00Z";
        foreach (var (name, value) in fields ?? [])
            body[name] = value?.DeepClone();
        var (status, created) = await host.SendAsync(HttpMethod.Post, "schedules", body);
        Assert.True(status == 201, created?.ToJsonString());
        return created!["id"]!.GetValue<Guid>();
    }

    public static Task<JsonNode> ScheduleAsync(this HostUnderTest host, Guid id) => host.GetJsonAsync($"schedules/{id}");

    /// <summary>Newest first.</summary>
    public static async Task<JsonArray> RunsAsync(this HostUnderTest host, Guid id) => (JsonArray)(await host.GetJsonAsync($"schedules/{id}/runs"))["runs"]!;

    /// <summary>Waits until so many runs have ended.</summary>
    public static Task RunsEndedAsync(this HostUnderTest host, Guid id, int count) =>
        Eventually.TrueAsync(async () => (await host.RunsAsync(id)).Count(r => r!.Text("status") != "running") == count, Ct);

    /// <summary>Waits until the newest run has started its turn.</summary>
    public static async Task<JsonNode> RunStartedAsync(this HostUnderTest host, Guid id)
    {
        JsonNode? run = null;
        await Eventually.TrueAsync(async () => (run = (await host.RunsAsync(id)).FirstOrDefault())?.Text("conversationId") is not null, Ct);
        return run!;
    }

    /// <summary>Looks for what is due, as the clock does.</summary>
    public static Task LookForDueAsync(this HostUnderTest host) => host.Get<ScheduleRunner>().PollAsync(Ct);

    public static string? Text(this JsonNode node, string field) => node[field]?.GetValue<string>();
}
