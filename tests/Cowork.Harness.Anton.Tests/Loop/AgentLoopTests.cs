using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class AgentLoopTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_tool_is_called_and_its_result_is_read(string provider)
    {
        var tools = new ProbeTools().Add("measure", "42 metres");
        await using var anton = await tools.StartAsync();

        var outcome = await anton.RunAsync(provider, """How deep? [[tool measure {"n":7}]] [[say It is 42.]]""");

        outcome.ShouldHaveAnswered("It is 42.");
        Assert.Equal(7, Assert.Single(tools.Calls).Arguments.GetProperty("n").GetInt32());
        Assert.Contains("42 metres", anton.Model.Requests[1].Body.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(
            ["ToolStarted", "ToolArguments", "tool_start", "tool_done", "ToolCompleted", "reasoning_start"],
            outcome.Events.Where(e => e is not (HarnessEvent.Usage or HarnessEvent.TextDelta)).Select(e => e is HarnessEvent.Progress p ? p.Phase : e.GetType().Name));
        Assert.Equal(40, outcome.Events.OfType<HarnessEvent.Usage>().Sum(u => u.OutputTokens));
    }

    [Fact]
    public async Task The_start_of_a_call_is_shown_before_its_arguments_are_complete()
    {
        var tools = new ProbeTools().Add("measure", "ok");
        await using var anton = await tools.StartAsync();
        var go = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(Frames.ChatChunk("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"measure","arguments":"{\"n\":"}}]}"""), Ct);
            await http.Response.Body.FlushAsync(Ct);
            await go.Task;
            await http.Response.WriteAsync(Frames.ChatChunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}""") + Frames.ChatChunk("{}", "tool_calls") + Frames.ChatEnd(), Ct);
        });

        await using var events = anton.Harness.RunAsync(anton.Request("openai", new ContentBlock.TextBlock("[[say done]]")), Ct).GetAsyncEnumerator(Ct);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new HarnessEvent.ToolStarted("c1", "measure"), events.Current);
        go.SetResult();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new HarnessEvent.ToolArguments("c1", "measure", """{"n":1}"""), events.Current);
    }

    [Fact]
    public async Task Calls_that_only_read_run_side_by_side()
    {
        var both = new CountdownEvent(2);
        var met = new TaskCompletionSource();
        async Task<ToolOutcome> Meet(ToolCall call, ToolContext context, CancellationToken ct)
        {
            if (both.Signal())
                met.SetResult();
            await met.Task.WaitAsync(ct);
            return new(call.Id);
        }

        await using var anton = await new ProbeTools().Add("look", Meet, isReadOnly: true).StartAsync();
        anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("look", "{}"), ("look", "{}"))));

        var outcome = await anton.RunAsync("openai", "[[say seen]]");

        outcome.ShouldHaveAnswered("seen");
        Assert.Equal(["call_look_0", "call_look_1"], outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.Text));
    }

    [Fact]
    public async Task Calls_that_change_something_run_one_after_the_other()
    {
        var running = 0;
        async Task<ToolOutcome> Alone(ToolCall call, ToolContext context, CancellationToken ct)
        {
            var others = Interlocked.Increment(ref running) - 1;
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return others == 0 ? new("alone") : ToolOutcome.Error("not alone");
        }

        await using var anton = await new ProbeTools().Add("change", Alone).StartAsync();
        anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("change", "{}"), ("change", "{}"), ("change", "{}"))));

        var outcome = await anton.RunAsync("openai", "[[say done]]");

        Assert.Equal(["alone", "alone", "alone"], outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.Text));
    }

    [Theory]
    [InlineData("{\"n\": 1", "cut in the middle")]
    [InlineData("{\"n\": 1 \"m\"}", "damaged")]
    [InlineData("[1]", "no object")]
    public async Task Arguments_that_are_not_whole_are_never_run(string arguments, string why)
    {
        var tools = new ProbeTools().Add("measure", "ran");
        await using var anton = await tools.StartAsync();
        anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("measure", arguments))));

        var outcome = await anton.RunAsync("openai", "[[say I see]]");

        outcome.ShouldHaveAnswered("I see");
        Assert.True(tools.Calls.IsEmpty, why);
        Assert.True(Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).IsError);
        // What goes back to the provider is JSON again, or the next call would be refused.
        var sent = anton.Model.Requests[1].Body.GetProperty("messages").EnumerateArray().First(m => m.TryGetProperty("tool_calls", out _));
        Assert.Equal("{}", sent.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
    }

    [Fact]
    public async Task A_tool_that_does_not_exist_is_answered_with_the_ones_that_do()
    {
        await using var anton = await new ProbeTools().Add("measure", "ran").StartAsync();
        anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("no_such_tool", "{}"))));

        var outcome = await anton.RunAsync("openai", "[[say I see]]");

        outcome.ShouldHaveAnswered("I see");
        Assert.Contains("measure", Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_throws_fails_alone_and_tells_nothing_of_its_inside()
    {
        await using var anton = await new ProbeTools().Add("broken", (_, _, _) => throw new InvalidOperationException("inside")).StartAsync();

        var outcome = await anton.RunAsync("openai", "[[tool broken {}]] [[say went on?]]");

        outcome.ShouldHaveAnswered("went on?");
        Assert.DoesNotContain("inside", Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).Text, StringComparison.Ordinal);
        Assert.Contains("inside", anton.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cap_on_rounds_ends_in_words()
    {
        var tools = new ProbeTools().Add("again", "more");
        await using var anton = await tools.StartAsync();
        anton.Settings.Values["anton_max_tool_rounds"] = "3";

        var outcome = await anton.RunAsync("openai", string.Concat(Enumerable.Repeat("[[tool again {}]]", 9)) + "[[say Paused. Shall I go on?]]");

        outcome.ShouldHaveAnswered("Paused. Shall I go on?");
        Assert.Equal(3, tools.Calls.Count);
        Assert.False(anton.Model.Requests[^1].Body.TryGetProperty("tools", out _));
    }

    [Fact]
    public async Task The_budget_of_tokens_ends_in_words()
    {
        var tools = new ProbeTools().Add("again", "more");
        await using var anton = await tools.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock(string.Concat(Enumerable.Repeat("[[tool again {}]]", 9)) + "[[say enough?]]")) with { TokenBudget = 50 };

        (await anton.RunAsync(request)).ShouldHaveAnswered("enough?");

        Assert.Single(tools.Calls);
    }

    [Fact]
    public async Task Failures_in_a_row_bring_advice_and_a_success_forgets_them()
    {
        var outcomes = new Queue<ToolOutcome>([ToolOutcome.Error("no"), ToolOutcome.Error("no"), new("the word failed is fine"), ToolOutcome.Error("no")]);
        await using var anton = await new ProbeTools().Add("fetch", (_, _, _) => Task.FromResult(outcomes.Dequeue())).StartAsync();

        var outcome = await anton.RunAsync("openai", string.Concat(Enumerable.Repeat("[[tool fetch {}]]", 4)) + "[[say what now?]]");

        var texts = outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.Text).ToList();
        Assert.Equal("no", texts[0]);
        Assert.Contains("twice in a row", texts[1], StringComparison.Ordinal);
        Assert.Equal("the word failed is fine", texts[2]);
        Assert.Equal("no", texts[3]);
    }

    [Fact]
    public async Task Text_of_a_later_round_begins_a_new_paragraph()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatText("Let me look."), .. Frames.ChatToolCalls(("measure", "{}"))]));

        (await anton.RunAsync("openai", "[[say It is one.]]")).ShouldHaveAnswered("Let me look.\n\nIt is one.");
    }

    [Fact]
    public async Task Stopping_reaches_the_tool_that_runs()
    {
        var began = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        async Task<ToolOutcome> Endless(ToolCall call, ToolContext context, CancellationToken ct)
        {
            await using var end = ct.Register(() => stopped.SetResult());
            began.SetResult();
            await Task.Delay(Timeout.Infinite, ct);
            return new("never");
        }

        await using var anton = await new ProbeTools().Add("endless", Endless).StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var run = anton.RunUntilAsync(anton.Request("openai", new ContentBlock.TextBlock("[[tool endless {}]]")), stop.Token);
        await began.Task.WaitAsync(Ct);

        await stop.CancelAsync();

        await stopped.Task.WaitAsync(Ct);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task A_key_that_a_tool_brings_up_reaches_neither_model_nor_stream()
    {
        await using var anton = await new ProbeTools().Add("leak", (call, context, _) =>
        {
            context.Emit(new HarnessEvent.ToolResult(call.Id, call.Name, "", $"shown {AntonUnderTest.Canary}"));
            context.Progress("x", AntonUnderTest.Canary, call.Id);
            return Task.FromResult(new ToolOutcome($"the key is {AntonUnderTest.Canary}"));
        }).StartAsync();

        var outcome = await anton.RunAsync("openai", "[[tool leak {}]] [[say hm?]]");

        Assert.DoesNotContain(outcome.Events, e => e.ToString().Contains(AntonUnderTest.Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(AntonUnderTest.Canary, anton.Model.Requests[1].Body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("[openai key]", anton.Model.Requests[1].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_reply_after_tools_is_asked_for_once_more()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        anton.Model
            .Reply(Replies.Stream(Frames.ChatToolCalls(("measure", "{}"))))
            .Reply(Replies.Stream([Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]));

        (await anton.RunAsync("openai", "[[say One.]]")).ShouldHaveAnswered("One.");
    }

    [Fact]
    public async Task Later_turns_see_earlier_calls_and_results()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say same]]")) with
        {
            History =
            [
                new(MessageRole.User, [new ContentBlock.TextBlock("how deep?")]),
                new(MessageRole.Assistant,
                [
                    new ContentBlock.TextBlock("I measure."),
                    new ContentBlock.ToolCallBlock("a", "measure", """{"n":1}""") { ProviderData = """{"google":{"thought_signature":"sig"}}""" },
                    new ContentBlock.ToolCallBlock("b", "measure", "{}"),
                    new ContentBlock.ToolResultBlock("a", "42", IsError: false),
                    new ContentBlock.TextBlock("It is 42."),
                ]),
            ],
        };

        (await anton.RunAsync(request)).ShouldHaveAnswered("same");

        var messages = Assert.Single(anton.Model.Requests).Body.GetProperty("messages").EnumerateArray().Skip(1).ToList();
        Assert.Equal(["user", "assistant", "tool", "tool", "assistant", "user"], messages.Select(m => m.GetProperty("role").GetString()));
        Assert.Equal("sig", messages[1].GetProperty("tool_calls")[0].GetProperty("extra_content").GetProperty("google").GetProperty("thought_signature").GetString());
        Assert.Equal("42", messages[2].GetProperty("content").GetString());
        Assert.Contains("not completed", messages[3].GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tools_and_messages_are_marked_for_anthropics_cache()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").Add("look", "2").StartAsync();

        await anton.RunAsync("anthropic", "[[tool measure {}]] [[say ok?]]");

        var body = anton.Model.Requests[1].Body;
        Assert.Equal(4, body.GetRawText().Split("\"cache_control\"").Length - 1);
        Assert.Equal(JsonValueKind.Object, body.GetProperty("tools")[1].GetProperty("cache_control").ValueKind);
        Assert.Equal("web_search", body.GetProperty("tools")[2].GetProperty("name").GetString());
    }
}
