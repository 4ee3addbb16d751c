using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>Turns as clients have known them for long, replayed against the built server with real Python.</summary>
public sealed class RecordedTurnTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain")]
    [InlineData("scratchpad")]
    [InlineData("progress")]
    [InlineData("cellerror")]
    [InlineData("multi")]
    [InlineData("dump")]
    [InlineData("slow-tool-args")]
    [InlineData("memorize")]
    [InlineData("recallskill")]
    [InlineData("artifact")]
    [InlineData("truncated")]
    [InlineData("badjson")]
    [InlineData("unknown")]
    [InlineData("incomplete")]
    [InlineData("stuck")]
    [InlineData("round-cap")]
    [InlineData("error-overflow")]
    [InlineData("anthropic-plain")]
    [InlineData("anthropic-scratch")]
    public Task A_recorded_turn_looks_the_same(string name) => ReplayAsync(name);

    /// <summary>Recordings of a defect, with the frames that are right.</summary>
    [Theory]
    [InlineData("truncjson")]
    [InlineData("sysexit")]
    [InlineData("resetstate")]
    [InlineData("error-e400")]
    [InlineData("error-eimage")]
    [InlineData("error-e401")]
    [InlineData("error-e401once")]
    [InlineData("error-e429detail")]
    [InlineData("anthropic-e401")]
    public Task What_was_recorded_as_a_defect_goes_right(string name) => ReplayAsync(name);

    [Fact]
    public async Task An_answer_in_one_piece_looks_the_same()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await StartAsync(model);
        RecordedTurn.Read("plain").Script(model);

        using var answer = await server.Client.Http.PostAsJsonAsync("responses", new JsonObject { ["input"] = "go on" }, Ct);

        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!.AsObject();
        Assert.Superset(new HashSet<string> { "id", "object", "created_at", "status", "error", "model", "output" }, body.Select(member => member.Key).ToHashSet());
        Assert.Equal(("response", "completed"), (body["object"]!.GetValue<string>(), body["status"]!.GetValue<string>()));
        var message = Assert.Single(body["output"]!.AsArray())!;
        Assert.Equal(["type", "id", "status", "role", "content"], message.AsObject().Select(member => member.Key));
        Assert.Equal("""[{"type":"output_text","text":"Hello there. Two plus two is four."}]""", message["content"]!.ToJsonString());
    }

    static async Task ReplayAsync(string name)
    {
        await using var model = await ScriptedModel.StartAsync();
        var recorded = RecordedTurn.Read(name);
        await using var server = await StartAsync(model, recorded.IsAnthropic);
        recorded.Script(model);
        var conversation = Guid.NewGuid();

        var frames = await server.Client.AskAsync("go on", conversation, Ct).ToListAsync(Ct);

        Assert.Equal(recorded.Frames, RecordedTurn.Normalise(frames));
        var items = await server.Client.ItemsAsync(conversation, Ct);
        Assert.Equal(["user", "assistant"], items.Select(item => item!["role"]!.GetValue<string>()));
        Assert.Equal("go on", items[0]!["content"]!.GetValue<string>());
        Assert.Equal(recorded.Frames, RecordedTurn.Normalise(items[1]!["events"]!.AsArray().Select(e => e!)));
        Assert.Equal(string.Concat(frames.Select(frame => frame.Json["delta"])), items[1]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_next_turn_finds_the_variables_of_the_turn_before()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await StartAsync(model);
        var conversation = Guid.NewGuid();
        RecordedTurn.Read("scratchpad").Script(model);
        await server.Client.AskAsync("go on", conversation, Ct).ToListAsync(Ct);
        var recorded = RecordedTurn.Read("scratchpad-second-turn");
        recorded.Script(model);

        var frames = await server.Client.AskAsync("and now", conversation, Ct).ToListAsync(Ct);

        Assert.Equal(recorded.Frames, RecordedTurn.Normalise(frames));
    }

    static async Task<ServerProcess> StartAsync(ScriptedModel model, bool isAnthropic = false)
    {
        // The only way to send Anthropic's calls elsewhere: its key must not follow an address that was meant for another provider.
        var server = await ServerProcess.StartAsync(Ct, ("ANTHROPIC_BASE_URL", model.BaseUrl.GetLeftPart(UriPartial.Authority)));
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        if (isAnthropic)
        {
            foreach (var (key, value) in new[] { ("anthropic_api_key", "sk-test"), ("planning_provider", "anthropic"), ("coding_provider", "anthropic") })
            {
                using var answer = await server.Client.Http.PutAsJsonAsync($"settings/{key}", new JsonObject { ["value"] = value }, Ct);
                answer.EnsureSuccessStatusCode();
            }
        }

        await server.PythonSearchedAsync(Ct);
        return server;
    }
}
