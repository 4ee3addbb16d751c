using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>The shipped agent in the built server, where other caches may keep it than in the conformance kit.</summary>
public sealed class UnloadingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reloaded_agent_leaves_the_memory_after_answers_failures_and_stopped_turns()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await ServerProcess.StartAsync(Ct);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        await server.Client.AskAsync("hello [[reason hm]] [[say there]]", Guid.NewGuid(), Ct).ToListAsync(Ct);
        Assert.Equal("response.failed", (await server.Client.AskAsync("[[error 401 no]]", Guid.NewGuid(), Ct).LastAsync(Ct)).Event);
        var stopped = Guid.NewGuid();
        await foreach (var frame in server.Client.AskAsync("go on [[chunks 100000 6 1]]", stopped, Ct))
        {
            if (frame.Event == "response.output_text.delta")
                await server.Client.CancelAsync(stopped, Ct);
        }

        using var reloaded = await server.Client.Http.PostAsync("plugins/Cowork.Harness.Anton/reload", null, Ct);
        Assert.True(reloaded.IsSuccessStatusCode);
        Assert.Equal(1, await AliveAsync(server));
        await Eventually.TrueAsync(async () => await AliveAsync(server) == 0, Ct);
        Assert.True((await server.Client.AskAsync("hello", Guid.NewGuid(), Ct).LastAsync(Ct)).IsTerminal);
    }

    static async Task<int> AliveAsync(ServerProcess server) =>
        (await server.Client.Http.GetFromJsonAsync<JsonNode>("plugins", Ct))!["retired_alive"]!.GetValue<int>();
}
