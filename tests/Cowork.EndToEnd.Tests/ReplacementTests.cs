using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>Tests that take the whole machine; beside them others would run out of time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>A plugin is replaced again and again while clients use it; nobody may notice.</summary>
[Collection(typeof(AloneCollection))]
public sealed class ReplacementTests
{
    const string Reference = "Cowork.Test.Reference";
    const int Replacements = 60;
    const int Clients = 4;
    const double MostGrowth = 1.3;

    /// <summary>Lines of a stream and of a turn, 25 ms apart: ten seconds, in which many replacements happen.</summary>
    const int Lines = 400;

    static readonly string[] Versions = ["1.0.0", "2.0.0"];

    readonly CancellationTokenSource _enough = new();
    int _answers;
    int _streams;
    int _turns;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixty_replacements_under_load_fail_no_request_and_leave_nothing_behind()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        Drop(server, "1.0.0");
        await ServesAsync(server, "1.0.0");
        var load = Enumerable.Range(0, Clients).Select(_ => AskAsync(server.Client)).Append(StreamAsync(server.Client)).Append(TurnAsync(server.Client)).ToArray();

        // What is compiled and cached when everything is used for the first time is not growth.
        await Eventually.TrueAsync(() => Task.FromResult(_answers > 100 && _streams > 0 && _turns > 0), Ct);
        var before = server.Memory;
        await ReplaceAsync(server, Replacements, load);
        await _enough.CancelAsync();
        await Task.WhenAll(load);

        var alive = 0;
        await Eventually.TrueAsync(async () => (alive = await AliveAsync(server)) <= 1, Ct);
        var after = server.Memory;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Replacements} replacements: {_answers} answers, {_streams} streams, {_turns} turns; {before:F0} MiB at first, {after:F0} MiB at last; {alive} old builds in memory.");
        Assert.True(_streams > 0 && _turns > 0 && _answers > Replacements, "There was load.");
        Assert.True(after <= before * MostGrowth, $"Memory grew from {before:F0} to {after:F0} MiB.");
    }

    static async Task ReplaceAsync(ServerProcess server, int times, Task[] load)
    {
        for (var i = 1; i <= times; i++)
        {
            var version = Versions[i % 2];
            Drop(server, version);
            await ServesAsync(server, version);
            // What went wrong is better told at once.
            foreach (var failed in load.Where(l => l.IsFaulted))
                await failed;
        }
    }

    async Task AskAsync(CoworkClient client)
    {
        while (!_enough.IsCancellationRequested)
        {
            Assert.Contains(await client.Http.GetStringAsync($"ext/{Reference}/version", Ct), Versions);
            using var greeting = await client.Http.PostAsJsonAsync($"ext/{Reference}/greet", new { name = "Ada" }, Ct);
            Assert.Equal("hello Ada", (await greeting.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>(Ct))!["text"]!.GetValue<string>());
            Interlocked.Add(ref _answers, 2);
        }
    }

    async Task StreamAsync(CoworkClient client)
    {
        while (!_enough.IsCancellationRequested)
        {
            var lines = (await client.Http.GetStringAsync($"ext/{Reference}/stream", Ct)).TrimEnd().Split('\n');
            Assert.Equal(Lines + 1, lines.Length);
            Assert.Equal("end", lines[^1]);
            Assert.Contains(Assert.Single(lines[..^1].Distinct()), Versions);
            _streams++;
        }
    }

    async Task TurnAsync(CoworkClient client)
    {
        while (!_enough.IsCancellationRequested)
        {
            var request = new JsonObject { ["input"] = "long", ["harness"] = "reference" };
            using var response = await client.Http.PostAsJsonAsync("responses", request, Ct);
            var answer = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Ct);
            // Its version in every line, a greeting, and its version again.
            Assert.Single(Versions, version => answer.Split(version).Length == Lines + 2);
            _turns++;
        }
    }

    static async Task ServesAsync(ServerProcess server, string version) =>
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await server.Client.Http.GetAsync($"ext/{Reference}/version", Ct);
            return answer.IsSuccessStatusCode && await answer.Content.ReadAsStringAsync(Ct) == version;
        }, Ct);

    static async Task<int> AliveAsync(ServerProcess server) =>
        (await server.Client.Http.GetFromJsonAsync<JsonNode>("plugins", Ct))!["retired_alive"]!.GetValue<int>();

    static void Drop(ServerProcess server, string version) => server.Drop($"reference-{version}", Reference);
}
