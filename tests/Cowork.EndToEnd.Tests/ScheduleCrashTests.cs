using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>The executable is killed while schedules are due, run and end: each occurrence runs once or is recorded as interrupted, none twice.</summary>
public sealed class ScheduleCrashTests : IAsyncLifetime
{
    const int AtOnce = 8;
    const int Rounds = 8;

    ScriptedModel _model = null!;
    ServerProcess _server = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.StartAsync();
        _server = await ServerProcess.StartAsync(Ct);
        await _server.Client.UseModelAsync(_model.BaseUrl, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task Killed_between_claim_and_start_and_in_the_run_nothing_runs_again()
    {
        var schedules = await CreateAsync(AtOnce + 4, i => $"occurrence {i} [[hang]]");
        // As many as may run do; the others are claimed and wait in line.
        await Eventually.TrueAsync(async () => _model.Requests.Count == AtOnce && (await RunsAsync(schedules)).All(runs => runs.Count == 1), Ct);
        await _server.KillAsync(Ct);
        await _server.RestartAsync(Ct);

        var runs = (await RunsAsync(schedules)).Select(r => Assert.Single(r)!).ToList();
        Assert.All(runs, run => Assert.Equal(("failed", "interrupted"), (Text(run, "status"), Text(run, "errorCode"))));
        Assert.Equal(AtOnce, runs.Count(run => Text(run, "conversationId") is not null));
        // A new run is made after the start has looked at what is due.
        await _server.Client.Http.PostAsync($"schedules/{schedules[0]}/run-now", null, Ct);
        await Eventually.TrueAsync(() => Task.FromResult(_model.Requests.Count == AtOnce + 1), Ct);
        Assert.Equal([2, .. Enumerable.Repeat(1, schedules.Count - 1)], (await RunsAsync(schedules)).Select(r => r.Count));
    }

    [Fact]
    public async Task Killed_at_any_moment_each_occurrence_runs_once_or_is_recorded_as_interrupted()
    {
        var random = new Random(20261123);
        for (var round = 0; round < Rounds; round++)
        {
            var seen = _model.Requests.Count;
            var schedules = await CreateAsync(6, i => $"round {round} occurrence {i}. [[say done]]");
            // A start looks at once at what is due.
            await _server.KillAsync(Ct);
            await _server.RestartAsync(Ct);
            var moment = random.Next(0, schedules.Count + 1);
            // What the clock claimed just before the first kill never asks.
            await Eventually.TrueAsync(async () => _model.Requests.Count - seen >= moment || (await RunsAsync(schedules)).All(HasEnded), Ct);
            await _server.KillAsync(Ct);
            await _server.RestartAsync(Ct);

            await Eventually.TrueAsync(async () => (await RunsAsync(schedules)).All(HasEnded), Ct);
            for (var i = 0; i < schedules.Count; i++)
            {
                var run = Assert.Single((await RunsAsync(schedules))[i])!;
                var asked = _model.Requests.Count(r => r.Body.ToString().Contains($"round {round} occurrence {i}.", StringComparison.Ordinal));
                Assert.True(asked <= 1, $"Occurrence {i} of round {round} ran {asked} times.");
                if (Text(run, "status") == "success")
                    Assert.Equal(1, asked);
                else
                    Assert.Equal("interrupted", Text(run, "errorCode"));
            }
        }
    }

    async Task<List<Guid>> CreateAsync(int count, Func<int, string> prompt)
    {
        var ids = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            using var answer = await _server.Client.Http.PostAsJsonAsync(
                "schedules",
                new JsonObject
                {
                    ["title"] = "crash",
                    ["prompt"] = prompt(i),
                    ["cadence"] = "hourly",
                    ["next_run_at"] = TimeProvider.System.GetUtcNow().AddSeconds(-2).ToString("o", CultureInfo.InvariantCulture),
                },
                Ct);
            answer.EnsureSuccessStatusCode();
            ids.Add((await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["id"]!.GetValue<Guid>());
        }

        return ids;
    }

    async Task<List<JsonArray>> RunsAsync(List<Guid> schedules)
    {
        var all = new List<JsonArray>();
        foreach (var id in schedules)
            all.Add((JsonArray)JsonNode.Parse(await _server.Client.Http.GetStringAsync($"schedules/{id}/runs", Ct))!["runs"]!);
        return all;
    }

    static bool HasEnded(JsonArray runs) => runs.Count > 0 && runs.All(run => Text(run!, "status") != "running");

    static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
