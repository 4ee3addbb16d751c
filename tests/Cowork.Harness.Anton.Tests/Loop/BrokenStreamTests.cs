using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Loop;

/// <summary>Replies that break off, or that do not keep to the rules, where tools are concerned.</summary>
public sealed class BrokenStreamTests
{
    [Theory]
    [InlineData("openai", true)]
    [InlineData("openai", false)]
    [InlineData("anthropic", true)]
    [InlineData("anthropic", false)]
    [InlineData("responses", true)]
    [InlineData("responses", false)]
    public async Task A_call_whose_stream_breaks_is_neither_run_nor_told_and_comes_back_under_its_id(string format, bool isCut)
    {
        var tools = new ProbeTools().Add("measure", "42 metres");
        await using var anton = await StartAsync(tools, format);
        anton.Model
            .Reply(Replies.Stream(Begun(format), dropAfter: isCut ? Begun(format).Count : null))
            .Reply(Replies.Stream(Whole(format, "", ("measure", """{"n":7}"""))))
            .Reply(Replies.Stream(Whole(format, "It is 42.")));

        var outcome = await anton.RunAsync(ProviderOf(format), "How deep?");

        outcome.ShouldHaveAnswered("It is 42.");
        var started = Assert.Single(outcome.Events.OfType<HarnessEvent.ToolStarted>());
        Assert.Equal(new HarnessEvent.ToolArguments(started.ToolUseId, "measure", """{"n":7}"""), Assert.Single(outcome.Events.OfType<HarnessEvent.ToolArguments>()));
        Assert.Equal(started.ToolUseId, Assert.Single(tools.Calls).Id);
    }

    [Fact]
    public async Task A_call_that_was_begun_and_never_made_is_closed_as_failed()
    {
        await using var anton = await StartAsync(new ProbeTools().Add("measure", "42 metres"), "openai");
        anton.Model
            .Reply(Replies.Stream(Begun("openai"), dropAfter: Begun("openai").Count))
            .Reply(Replies.Stream(Whole("openai", "I need no tool.")));

        var outcome = await anton.RunAsync("openai", "How deep?");

        outcome.ShouldHaveAnswered("I need no tool.");
        var id = Assert.Single(outcome.Events.OfType<HarnessEvent.ToolStarted>()).ToolUseId;
        Assert.Contains(outcome.Events, e => e is HarnessEvent.Progress { Phase: "tool_done" } done && done.ToolUseId == id);
        Assert.DoesNotContain(outcome.Events, e => e is HarnessEvent.ToolArguments);
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("responses")]
    public async Task A_call_that_was_whole_before_its_reply_broke_is_told_as_not_run(string format)
    {
        var tools = new ProbeTools().Add("measure", "42 metres");
        await using var anton = await StartAsync(tools, format);
        var whole = Whole(format, "", ("measure", """{"n":7}""")).ToList();
        anton.Model
            .Reply(Replies.Stream(whole, dropAfter: whole.Count - (format == "anthropic" ? 2 : 1)))
            .Reply(Replies.Stream(Whole(format, "", ("measure", """{"n":8}"""))))
            .Reply(Replies.Stream(Whole(format, "It is 42.")));

        var outcome = await anton.RunAsync(ProviderOf(format), "How deep?");

        outcome.ShouldHaveAnswered("It is 42.");
        Assert.Equal(8, Assert.Single(tools.Calls).Arguments.GetProperty("n").GetInt32());
        Assert.Equal([true, false], outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.IsError));
        Assert.Equal(2, outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.ToolUseId).Distinct().Count());
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("responses")]
    public async Task Two_calls_with_one_id_are_told_apart(string format)
    {
        var tools = new ProbeTools().Add("measure", (call, _, _) => Task.FromResult(new Cowork.Harness.Anton.Tools.ToolOutcome($"depth {call.Arguments.GetProperty("n")}")));
        await using var anton = await StartAsync(tools, format);
        var same = Whole(format, "", ("measure", """{"n":1}"""), ("measure", """{"n":2}""")).Select(frame =>
            frame.Replace("measure_0\"", "same\"", StringComparison.Ordinal).Replace("measure_1\"", "same\"", StringComparison.Ordinal));
        anton.Model.Reply(Replies.Stream(same)).Reply(Replies.Stream(Whole(format, "Both.")));

        var outcome = await anton.RunAsync(ProviderOf(format), "How deep?");

        outcome.ShouldHaveAnswered("Both.");
        Assert.Equal(2, outcome.Events.OfType<HarnessEvent.ToolStarted>().Select(e => e.ToolUseId).Distinct().Count());
        Assert.Equal(outcome.Events.OfType<HarnessEvent.ToolStarted>().Select(e => e.ToolUseId), outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.ToolUseId));
        Assert.Equal(["depth 1", "depth 2"], outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(e => e.Text));
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("responses")]
    public async Task An_answer_that_breaks_off_after_work_with_tools_goes_on_where_it_ended(string format)
    {
        await using var anton = await StartAsync(new ProbeTools().Add("measure", "42 metres"), format);
        var answer = Whole(format, "It is forty-two metres").ToList();
        anton.Model
            .Reply(Replies.Stream(Whole(format, "", ("measure", "{}"))))
            .Reply(Replies.Stream(answer, dropAfter: format == "openai" ? 3 : 5))
            .Reply(Replies.Stream(Whole(format, "and a half.")));

        var outcome = await anton.RunAsync(ProviderOf(format), "How deep?");

        Assert.Null(outcome.Failure);
        Assert.EndsWith("and a half.", outcome.Text, StringComparison.Ordinal);
        Assert.StartsWith("It is", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("Continue exactly where it ended", anton.Model.Requests[^1].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("responses")]
    public async Task Damaged_arguments_are_answered_and_never_run(string format)
    {
        var tools = new ProbeTools().Add("measure", "42 metres");
        await using var anton = await StartAsync(tools, format);
        anton.Model.Reply(Replies.Stream(Whole(format, "", ("measure", "{\"n\": 1 \"m\"}")))).Reply(Replies.Stream(Whole(format, "I see.")));

        var outcome = await anton.RunAsync(ProviderOf(format), "How deep?");

        outcome.ShouldHaveAnswered("I see.");
        Assert.Empty(tools.Calls);
        Assert.True(Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).IsError);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("responses")]
    public async Task An_empty_reply_is_a_failure_with_its_code(string format)
    {
        await using var anton = await StartAsync(new ProbeTools(), format);
        anton.Model.Reply(Replies.Stream(Whole(format, "")));

        (await anton.RunAsync(ProviderOf(format), "hi")).ShouldHaveFailed("empty_answer");
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("responses")]
    public async Task A_hundred_rounds_are_possible(string format)
    {
        var tools = new ProbeTools().Add("measure", "42 metres");
        await using var anton = await StartAsync(tools, format);
        anton.Settings.Values["anton_max_tool_rounds"] = "200";
        for (var i = 0; i < 100; i++)
            anton.Model.Reply(Replies.Stream(Whole(format, "", ("measure", "{}"))));
        anton.Model.Reply(Replies.Stream(Whole(format, "Done.")));

        (await anton.RunAsync(ProviderOf(format), "How deep?")).ShouldHaveAnswered("Done.");

        Assert.Equal(100, tools.Calls.Select(call => call.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_call_that_was_cut_gets_twice_the_room()
    {
        var tools = new ProbeTools().Add("measure", "42 metres");
        await using var anton = await StartAsync(tools, "openai");
        anton.Model.Reply(Replies.Stream(Frames.ChatReply(null, [("measure", "{\"n\": 1")], "length")));

        (await anton.RunAsync("openai", "[[tool measure {}]] [[say Done.]]")).ShouldHaveAnswered("Done.");

        Assert.Equal([8192, 16384], anton.Model.Requests.Take(2).Select(request => request.Body.GetProperty("max_completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task A_provider_that_pauses_again_and_again_is_asked_for_its_answer()
    {
        await using var anton = await StartAsync(new ProbeTools(), "anthropic");
        var pause = Frames.MessageReply("hm ", []).Select(frame => frame.Replace("end_turn", "pause_turn", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < 9; i++)
            anton.Model.Reply(Replies.Stream(pause));

        var outcome = await anton.RunAsync("anthropic", "look [[say Enough.]]");

        Assert.EndsWith("Enough.", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(10, anton.Model.Requests.Count);
    }

    static async Task<AntonUnderTest> StartAsync(ProbeTools tools, string format)
    {
        var anton = await tools.StartAsync();
        anton.Settings.Values["anton_openai_api"] = format == "responses" ? "responses" : "chat";
        return anton;
    }

    static string ProviderOf(string format) => format == "anthropic" ? "anthropic" : "openai";

    static IEnumerable<string> Whole(string format, string text, params (string Name, string Arguments)[] calls) => format switch
    {
        "anthropic" => Frames.MessageReply(text.Length == 0 ? null : text, calls),
        "responses" => Frames.ResponsesReply(text.Length == 0 ? null : text, calls),
        _ => Frames.ChatReply(text, calls),
    };

    /// <summary>A reply up to the middle of its call.</summary>
    static List<string> Begun(string format) => [.. Whole(format, "", ("measure", """{"n":7}""")).TakeWhile(frame =>
        !frame.Contains("finish_reason\":\"", StringComparison.Ordinal) && !frame.Contains("content_block_stop", StringComparison.Ordinal) && !frame.Contains("output_item.done", StringComparison.Ordinal))];
}
