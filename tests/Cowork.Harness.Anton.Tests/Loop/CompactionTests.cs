using System.Globalization;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Turn;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class CompactionTests
{
    const string Question = "Count the ships of every harbour.";

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task One_long_turn_that_overflows_keeps_its_question_and_its_newest_work(string provider)
    {
        await using var anton = await ProbeAsync();
        Rounds(anton, provider, 20);
        anton.Model.Reply(Replies.Error(400, "context_length_exceeded")).Reply(Text(provider, "- Harbours 1 to 12 are counted.")).Reply(Text(provider, "All counted."));

        var outcome = await anton.RunAsync(provider, Question);

        outcome.ShouldHaveAnswered("All counted.");
        var sent = Messages(anton.Model.Requests[^1]);
        Assert.StartsWith("[Summary", sent[0].Text, StringComparison.Ordinal);
        Assert.Contains("- Harbours 1 to 12 are counted.", sent[0].Text, StringComparison.Ordinal);
        Assert.Contains(Question, sent[0].Text, StringComparison.Ordinal);
        Assert.Equal("assistant", sent[1].Role);
        Assert.Contains("result 20", sent[^1].Text, StringComparison.Ordinal);
        Assert.InRange(sent.Count, 12, 20);
        Assert.Equal(Calls(sent).ToHashSet(), Results(sent).ToHashSet());
        Assert.DoesNotContain("are not shown to you", anton.Model.Requests[^1].Body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("result 1\\n", anton.Model.Requests[^2].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_can_be_summarised_the_question_stays_with_the_newest_rounds()
    {
        await using var anton = await ProbeAsync();
        Rounds(anton, "openai", 6);
        for (var i = 0; i < 3; i++)
            anton.Model.Reply(Replies.Error(400, "context_length_exceeded"));
        anton.Model.Reply(Text("openai", "All counted."));

        var outcome = await anton.RunAsync("openai", Question);

        outcome.ShouldHaveAnswered("All counted.");
        var sent = Messages(anton.Model.Requests[^1]);
        Assert.Equal(["user", "assistant", "tool", "assistant", "tool"], sent.Select(message => message.Role));
        Assert.Equal(Question, sent[0].Text);
        Assert.Contains("result 6", sent[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_long_turn_is_summarised_before_the_window_is_full()
    {
        await using var anton = await ProbeAsync();
        var usage = """{"prompt_tokens":100000,"completion_tokens":20,"total_tokens":100020}""";
        for (var i = 0; i < 3; i++)
            anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("count", "{}")).SkipLast(1).Append(Frames.ChatEnd(usage))));
        anton.Model.Reply(Text("openai", "- Two harbours are counted."));

        var outcome = await anton.RunAsync("openai", $"{Question} [[say All counted.]]");

        outcome.ShouldHaveAnswered("All counted.");
        var sent = Messages(anton.Model.Requests[^1]);
        Assert.Contains("- Two harbours are counted.", sent[0].Text, StringComparison.Ordinal);
        Assert.Contains(Question, sent[0].Text, StringComparison.Ordinal);
        // A summary takes its time: it is announced, and told when it is there.
        var told = outcome.Events.Where(e => e is HarnessEvent.ContextCompacted or HarnessEvent.Progress { Phase: "context" }).ToList();
        Assert.Equal([typeof(HarnessEvent.Progress), typeof(HarnessEvent.ContextCompacted)], told.Select(e => e.GetType()));
    }

    [Fact]
    public async Task A_server_that_counts_no_tokens_is_measured_by_what_is_sent()
    {
        await using var anton = await ProbeAsync(new string('x', 35_000));
        anton.Settings.Values["anton_context_window"] = "30000";
        for (var i = 0; i < 3; i++)
            anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("count", "{}")).SkipLast(1)));
        anton.Model.Reply(Text("openai", "- Two harbours are counted."));

        var outcome = await anton.RunAsync("openai", $"{Question} [[say All counted.]]");

        outcome.ShouldHaveAnswered("All counted.");
        Assert.Single(outcome.Events.OfType<HarnessEvent.ContextCompacted>());
    }

    [Fact]
    public async Task A_summary_serves_later_turns_and_survives_a_second_one_and_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("anton-summaries-");
        var talk = new Talk();
        await using (var anton = await ProbeAsync(summaries: folder.FullName))
        {
            Rounds(anton, "openai", 20);
            Overflow(anton, "- first summary");
            anton.Model.Reply(Text("openai", "Counted."));
            await talk.SayAsync(anton, Question);

            anton.Model.Clear();
            anton.Model.Reply(Text("openai", "Forty."));
            await talk.SayAsync(anton, "How many?");
            Assert.Contains("- first summary", Messages(Assert.Single(anton.Model.Requests))[0].Text, StringComparison.Ordinal);

            Rounds(anton, "openai", 20);
            Overflow(anton, "- second summary");
            anton.Model.Reply(Text("openai", "Counted again."));
            await talk.SayAsync(anton, "Again, please.");
            var summarised = anton.Model.Requests[^2].Body.GetRawText();
            Assert.Contains("- first summary", summarised, StringComparison.Ordinal);
        }

        await using var later = await ProbeAsync(summaries: folder.FullName);
        later.Model.Reply(Text("openai", "Eighty."));
        (await talk.SayAsync(later, "How many now?")).ShouldHaveAnswered("Eighty.");

        var sent = Messages(Assert.Single(later.Model.Requests));
        Assert.Contains("- second summary", sent[0].Text, StringComparison.Ordinal);
        Assert.Contains("Again, please.", sent[0].Text, StringComparison.Ordinal);
        Assert.InRange(sent.Count, 12, 40);
        Assert.Equal("How many now?", sent[^1].Text);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_summary_of_words_that_were_never_said_is_not_used()
    {
        await using var anton = await ProbeAsync();
        var talk = new Talk();
        Rounds(anton, "openai", 20);
        Overflow(anton, "- first summary");
        anton.Model.Reply(Text("openai", "Counted."));
        await talk.SayAsync(anton, Question);
        talk.History[0] = new(MessageRole.User, [new ContentBlock.TextBlock("Something else.")]);

        anton.Model.Clear();
        anton.Model.Reply(Text("openai", "Forty."));
        await talk.SayAsync(anton, "How many?");

        Assert.DoesNotContain("- first summary", anton.Model.Requests[0].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_is_replaced_was_read_by_the_model_that_summarises_it()
    {
        await using var anton = await ProbeAsync();
        anton.Settings.Values["anton_context_window"] = "20000";
        var request = anton.Request("openai", new ContentBlock.TextBlock("go on")) with
        {
            History = [.. Enumerable.Range(0, 60).Select(i => new HistoryMessage(i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, [new ContentBlock.TextBlock($"<{i}> {new string('x', 3_000)}")]))],
        };
        for (var i = 0; i < 5; i++)
            anton.Model.Reply(Text("openai", $"- summary {i}"));
        anton.Model.Reply(Text("openai", "Going on."));

        (await anton.RunAsync(request)).ShouldHaveAnswered("Going on.");

        var all = string.Concat(anton.Model.Requests.Select(r => r.Body.GetRawText()));
        Assert.All(Enumerable.Range(0, 60), i => Assert.Contains($"{i}\\u003E x".Replace("\\u003E", ">", StringComparison.Ordinal), all.Replace("\\u003E", ">", StringComparison.Ordinal), StringComparison.Ordinal));
        var summaries = anton.Model.Requests.SkipLast(1).ToList();
        Assert.True(summaries.Count > 1, "one call could not have read it");
        Assert.Contains("- summary 0", summaries[1].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_conversation_takes_its_summary_with_it()
    {
        var folder = Directory.CreateTempSubdirectory("anton-summaries-");
        await using var anton = await ProbeAsync(summaries: folder.FullName);
        Rounds(anton, "openai", 20);
        Overflow(anton, "- what was said");
        var request = anton.Request("openai", new ContentBlock.TextBlock($"{Question} [[say done]]"));
        await anton.RunAsync(request);
        Assert.Contains("what was said", await File.ReadAllTextAsync(Assert.Single(folder.GetFiles()).FullName, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var harness = (IHarnessConversations)anton.Harness;
        await harness.ForgetAsync(Guid.NewGuid(), TestContext.Current.CancellationToken);
        Assert.Single(folder.GetFiles());
        await harness.ForgetAsync(request.ConversationId, TestContext.Current.CancellationToken);
        Assert.Empty(folder.GetFiles());
        folder.Delete();
    }

    static Task<AntonUnderTest> ProbeAsync(string result = "", string? summaries = null)
    {
        var calls = 0;
        var tools = new ProbeTools().Add("count", (_, _, _) => Task.FromResult(new ToolOutcome(string.Create(CultureInfo.InvariantCulture, $"result {++calls}\n{result}"))));
        return tools.StartAsync(services =>
        {
            if (summaries is not null)
                services.AddSingleton(new Summaries(summaries));
        });
    }

    static void Rounds(AntonUnderTest anton, string provider, int count)
    {
        for (var i = 0; i < count; i++)
            anton.Model.Reply(Replies.Stream(provider == "openai" ? Frames.ChatToolCalls(("count", "{}")) : Frames.MessageToolCalls(("count", "{}"))));
    }

    static void Overflow(AntonUnderTest anton, string summary) =>
        anton.Model.Reply(Replies.Error(400, "context_length_exceeded")).Reply(Text("openai", summary));

    static Func<HttpContext, Task> Text(string provider, string text) =>
        Replies.Stream(provider == "openai" ? Frames.ChatReply(text, []) : Frames.MessageReply(text, []));

    /// <summary>Messages after the system prompt, in either format.</summary>
    static List<(string Role, string Text, JsonElement Body)> Messages(ReceivedRequest request) =>
        [.. request.Body.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() != "system").Select(m => (m.GetProperty("role").GetString()!, TextOf(m), m))];

    static string TextOf(JsonElement message) => !message.TryGetProperty("content", out var content) ? "" : content.ValueKind == JsonValueKind.Array
        ? string.Join('\n', content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : part.TryGetProperty("content", out var inner) ? inner.ToString() : ""))
        : content.ToString();

    static IEnumerable<string> Calls(List<(string Role, string Text, JsonElement Body)> messages) => messages.Where(m => m.Role == "assistant").SelectMany(m =>
        m.Body.TryGetProperty("tool_calls", out var calls)
            ? calls.EnumerateArray().Select(call => call.GetProperty("id").GetString()!)
            : m.Body.GetProperty("content").EnumerateArray().Where(part => part.GetProperty("type").GetString() == "tool_use").Select(part => part.GetProperty("id").GetString()!));

    static IEnumerable<string> Results(List<(string Role, string Text, JsonElement Body)> messages) => messages.SelectMany(m =>
        m.Role == "tool" ? [m.Body.GetProperty("tool_call_id").GetString()!]
        : m.Role == "user" && m.Body.GetProperty("content").ValueKind == JsonValueKind.Array
            ? m.Body.GetProperty("content").EnumerateArray().Where(part => part.GetProperty("type").GetString() == "tool_result").Select(part => part.GetProperty("tool_use_id").GetString()!)
            : []);

    /// <summary>A conversation whose turns are kept as the host keeps them.</summary>
    sealed class Talk
    {
        readonly Guid _id = Guid.NewGuid();

        public List<HistoryMessage> History { get; } = [];

        public async Task<Outcome> SayAsync(AntonUnderTest anton, string text)
        {
            anton.Settings.Values["anton_max_tool_rounds"] = "100";
            ContentBlock[] input = [new ContentBlock.TextBlock(text)];
            var outcome = await anton.RunAsync(anton.Request("openai", input) with { ConversationId = _id, History = [.. History] });
            History.Add(new(MessageRole.User, input));
            History.Add(new(MessageRole.Assistant, [.. outcome.Events.Select(Block).OfType<ContentBlock>()]));
            return outcome;
        }

        static ContentBlock? Block(HarnessEvent e) => e switch
        {
            HarnessEvent.TextDelta delta => new ContentBlock.TextBlock(delta.Text),
            HarnessEvent.ToolArguments call => new ContentBlock.ToolCallBlock(call.ToolUseId, call.ToolName, call.ArgumentsJson),
            HarnessEvent.ToolCompleted result => new ContentBlock.ToolResultBlock(result.ToolUseId, result.Text, result.IsError),
            _ => null,
        };
    }
}
