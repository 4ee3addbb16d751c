using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Cli;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Cli;

/// <summary>What somebody at the terminal types reaches the agent that asked.</summary>
public sealed class TurnQuestionsTests
{
    const string Approval = "approve|run_command|a thing";
    const string Question = "ask|Which colour?|red|blue";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Approval, "y\n", "allowed")]
    [InlineData(Approval, "YES\n", "allowed")]
    [InlineData(Approval, "n\n", "denied")]
    [InlineData(Approval, "\n", "denied")] // no is what happens by itself
    [InlineData(Approval, "", "denied")] // the terminal was closed
    [InlineData(Question, "green\n", "answer: green")]
    [InlineData(Question, "\n", "answer: none")]
    public async Task An_answer_that_was_typed_reaches_the_agent(string script, string typed, string said)
    {
        await using var host = await HostUnderTest.StartWithScriptsAsync();
        var shown = new StringWriter();
        var turn = await host.StartScriptAsync(script, Guid.NewGuid());
        var asked = await AskedAsync(host);
        using var http = new HttpClient();
        var questions = new TurnQuestions(http, host.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), new StringReader(typed), shown);

        await (script == Question ? questions.AnswerAsync(asked, Ct) : questions.DecideAsync(asked, Ct));

        JsonNode ended = turn;
        await Eventually.TrueAsync(async () => (ended = await host.GetJsonAsync($"responses/{turn["id"]}"))["status"]!.GetValue<string>() == "completed", Ct);
        Assert.Contains(said, HostUnderTest.TextOf(ended), StringComparison.Ordinal);
        Assert.Contains(script == Question ? "Which colour?" : "Do a thing", shown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_said_and_harms_nothing()
    {
        await using var host = await HostUnderTest.StartWithScriptsAsync();
        await host.StartScriptAsync(Approval, Guid.NewGuid());
        var asked = await AskedAsync(host);
        await host.SendAsync(HttpMethod.Post, $"approvals/{asked.GetProperty("id")}/answer", new JsonObject { ["answer"] = "deny" });
        var shown = new StringWriter();
        using var http = new HttpClient();

        await new TurnQuestions(http, host.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), new StringReader("y\n"), shown).DecideAsync(asked, Ct);

        Assert.Contains("answered", shown.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    static async Task<JsonElement> AskedAsync(HostUnderTest host)
    {
        JsonNode? asked = null;
        await Eventually.TrueAsync(async () => (asked = (await host.GetJsonAsync("approvals"))["approvals"]!.AsArray().FirstOrDefault()) is not null, Ct);
        return JsonElement.Parse(asked!.ToJsonString());
    }
}
