using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Host.Features.Turns;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Data;

namespace Cowork.Host.Tests.Turns;

/// <summary>What later turns know of the tools that earlier ones used.</summary>
public sealed class TranscriptTests : IAsyncLifetime
{
    const string TwoCalls =
        """
        say|I look.
        start|a|list_files
        call|a|list_files|{"path":"."}
        start|b|scratchpad
        call|b|scratchpad|{"code":"1+1"}
        result|a|list_files|two files
        cell|b|{"stdout":"2"}
        error|b|scratchpad|it broke
        say| Done.
        """;

    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartWithScriptsAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_next_turn_reads_text_calls_and_results_in_order()
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync(TwoCalls, conversation);
        Assert.Equal(
            """
            Assistant: text I look.
            Assistant: call a list_files {"path":"."} signature of a
            Assistant: call b scratchpad {"code":"1+1"} signature of b
            Assistant: result a two files
            Assistant: error b it broke
            Assistant: text  Done.
            """,
            await HistoryAsync(conversation));
        var items = (JsonArray)await _host.GetJsonAsync($"conversations/{conversation}/items");
        Assert.Equal("I look. Done.", items[1]!["content"]!.GetValue<string>());
        Assert.DoesNotContain("two files", items[1]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_without_tools_is_its_text_and_nothing_more()
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync("say|only words", conversation);
        Assert.Equal("Assistant: text only words", await HistoryAsync(conversation));
        Assert.Null(_host.Get<Database>().Query(s => s.Scalar("SELECT transcript FROM messages WHERE conversation_id = ?1 AND role = 'assistant' ORDER BY position LIMIT 1", conversation)));
    }

    [Theory]
    [InlineData("fail|oops|It went wrong.")]
    [InlineData("say|after")]
    public async Task A_call_that_never_ended_is_answered_for_the_model_before_what_follows(string end)
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync($"call|a|t|{{}}\ncall|b|t|{{}}\nresult|b|t|ok\nresult|c|t|nobody asked\nresult|b|t|twice\n{end}", conversation);
        var history = (await HistoryAsync(conversation)).Split('\n');
        Assert.Equal("Assistant: error a The turn ended before this call was finished.", history[3]);
        Assert.Equal(end == "say|after" ? ["Assistant: text after"] : [], history[4..]);
    }

    [Fact]
    public async Task A_long_result_is_kept_up_to_its_limit()
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync($"call|a|t|{{}}\nresult|a|t|{new string('x', 50_000)}", conversation);
        Assert.EndsWith("result a (40000 characters)", await HistoryAsync(conversation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_sent_the_moment_the_one_before_has_ended_is_answered_too()
    {
        var conversation = Guid.NewGuid();
        for (var i = 0; i < 60; i++)
            Assert.Equal($"{i}", HostUnderTest.TextOf(await _host.RunScriptAsync($"say|{i}", conversation)));
    }

    [Fact]
    public async Task A_copy_of_the_conversation_knows_the_tools_too()
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync(TwoCalls, conversation);
        var (_, copy) = await _host.SendAsync(HttpMethod.Post, $"conversations/{conversation}/fork", new JsonObject());
        await _host.SendAsync(HttpMethod.Delete, $"conversations/{conversation}");
        Assert.Contains("result a two files", await HistoryAsync(copy!["id"]!.GetValue<Guid>()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_conversation_is_given_its_newest_tools_and_the_text_of_the_rest()
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync($"say|old\ncall|a|t|{{}}\nresult|a|t|{new string('x', 5000)}", conversation);
        await _host.RunScriptAsync($"say|new\ncall|b|t|{{\"text\":\"{new string('x', 1_999_000)}\"}}\nresult|b|t|ok", conversation);
        var history = (await HistoryAsync(conversation)).Split('\n').Where(l => l.StartsWith("Assistant", StringComparison.Ordinal)).Select(l => l[..Math.Min(l.Length, 20)]);
        Assert.Equal(["Assistant: text old", "Assistant: text new", "Assistant: call b t ", "Assistant: result b "], history);
    }

    [Fact]
    public async Task After_a_crash_the_log_tells_what_it_can()
    {
        var conversation = Guid.NewGuid();
        await _host.RunScriptAsync($"{TwoCalls}\nstart|c|write_file\ncall|c|write_file|{{\"text\":\"{new string('x', 70_000)}\"}}\nstart|d|run_command", conversation);
        var events = new TurnEvents();
        foreach (var frame in TurnLogFile.Read(TurnLogFile.Path(Path.Combine(_host.Home, ".cowork", "streams"), conversation, 0)).Frames)
            events.AddFrame(frame);
        Assert.Equal<ContentBlock>(
            [
                new ContentBlock.TextBlock("I look."),
                new ContentBlock.ToolCallBlock("a", "list_files", """{"path":"."}"""),
                new ContentBlock.ToolCallBlock("b", "scratchpad", """{"code":"1+1"}"""),
                new ContentBlock.ToolResultBlock("b", """{"stdout":"2"}""", false),
                new ContentBlock.ToolResultBlock("a", "The server ended before this call was finished.", true),
                new ContentBlock.TextBlock(" Done."),
            ],
            TranscriptJson.Read(events.Transcript.ToJson(TurnOutcome.Killed)!));
    }

    [Fact]
    public async Task Steps_are_kept_while_a_turn_runs_and_gone_when_it_is_stored()
    {
        var answer = new System.Text.StringBuilder("I look.");
        var transcript = new TurnTranscript(answer);
        var turn = Guid.NewGuid();
        transcript.Call("a", "list_files", "{}", "signature");
        await _host.Get<TurnSteps>().KeepAsync(turn, transcript.TakeSteps());
        transcript.Result("a", "two files", isError: false);
        answer.Append(" Done.");
        transcript.Call("b", "write_file", "{}", null);
        await _host.Get<TurnSteps>().KeepAsync(turn, transcript.TakeSteps());

        var restored = new TurnTranscript(answer);
        restored.Restore(_host.Get<TurnSteps>().Of(turn));

        Assert.Equal(transcript.ToJson(TurnOutcome.Killed), restored.ToJson(TurnOutcome.Killed));
        await _host.Get<Database>().WriteAsync(w => TurnSteps.Delete(w, turn));
        Assert.Empty(_host.Get<TurnSteps>().Of(turn));
    }

    async Task<string> HistoryAsync(Guid conversation)
    {
        var told = HostUnderTest.TextOf(await _host.RunScriptAsync("history", conversation));
        return string.Join('\n', told.Split('\n').Where(l => l.StartsWith("Assistant:", StringComparison.Ordinal)));
    }
}
