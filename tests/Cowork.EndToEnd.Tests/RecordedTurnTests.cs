using System.Net.Http.Json;
using System.Text.Json.Nodes;

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
    [InlineData("bigout")]
    [InlineData("error-e400")]
    [InlineData("error-eimage")]
    [InlineData("error-e401")]
    [InlineData("error-e401once")]
    [InlineData("error-e429detail")]
    [InlineData("error-e429")]
    [InlineData("error-e529")]
    [InlineData("anthropic-e401")]
    [InlineData("anthropic-e429")]
    [InlineData("anthropic-e529")]
    public Task What_was_recorded_as_a_defect_goes_right(string name) => ReplayAsync(name);

    [Fact]
    public async Task An_answer_in_one_piece_looks_the_same()
    {
        await using var replay = await Replay.StartAsync("plain");
        RecordedTurn.Read("plain").Script(replay.Model);

        using var answer = await replay.Server.Client.Http.PostAsJsonAsync("responses", new JsonObject { ["input"] = "go on" }, Ct);

        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!.AsObject();
        Assert.Superset(new HashSet<string> { "id", "object", "created_at", "status", "error", "model", "output" }, body.Select(member => member.Key).ToHashSet());
        Assert.Equal(("response", "completed"), (body["object"]!.GetValue<string>(), body["status"]!.GetValue<string>()));
        var message = Assert.Single(body["output"]!.AsArray())!;
        Assert.Equal(["type", "id", "status", "role", "content"], message.AsObject().Select(member => member.Key));
        Assert.Equal("""[{"type":"output_text","text":"Hello there. Two plus two is four."}]""", message["content"]!.ToJsonString());
    }

    [Fact]
    public async Task The_next_turn_finds_the_variables_of_the_turn_before()
    {
        await using var replay = await Replay.StartAsync("scratchpad");

        await replay.RunAsync();
        await replay.RunNextAsync("scratchpad-second-turn");
    }

    static async Task ReplayAsync(string name)
    {
        await using var replay = await Replay.StartAsync(name);
        await replay.RunAsync();
    }
}
