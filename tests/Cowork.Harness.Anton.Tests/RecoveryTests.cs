using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests;

public sealed class RecoveryTests
{
    [Fact]
    public async Task An_image_that_was_refused_once_does_not_block_the_conversation()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var image = anton.Attachment("odd.png", "image/png", [1, 2, 3]);
        anton.Model.Reply(Replies.Error(400, "unsupported image"));
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say without]]")) with { History = [new(MessageRole.User, [new ContentBlock.ImageBlock(image)])] };

        var outcome = await anton.RunAsync(request);

        outcome.ShouldHaveAnswered("without");
        Assert.Single(outcome.Events.OfType<HarnessEvent.Warning>());
        Assert.Equal($"[Attached file 'odd.png' is at: {image.Path}]", anton.Model.Requests[1].Body.GetProperty("messages")[1].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(400, "registry.ollama.ai/library/gemma:2b does not support tools")]
    [InlineData(404, "No endpoints found that support tool use.")]
    public async Task A_model_that_cannot_call_tools_still_answers(int status, string message)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(status, message));

        var outcome = await anton.RunAsync("openai_compatible", "[[say in words]]");

        outcome.ShouldHaveAnswered("in words");
        Assert.Contains("cannot call tools", Assert.Single(outcome.Events.OfType<HarnessEvent.Warning>()).Message, StringComparison.Ordinal);
        Assert.False(anton.Model.Requests[1].Body.TryGetProperty("tools", out _));
    }

    [Fact]
    public async Task A_server_that_knows_only_max_tokens_is_asked_in_its_own_words_from_then_on()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(400, "Unrecognized request argument supplied: max_completion_tokens"));

        (await anton.RunAsync("openai_compatible", "[[say one]]")).ShouldHaveAnswered("one");
        (await anton.RunAsync("openai_compatible", "[[say two]]")).ShouldHaveAnswered("two");

        Assert.Equal(3, anton.Model.Requests.Count);
        foreach (var request in anton.Model.Requests.Skip(1))
        {
            Assert.Equal(8192, request.Body.GetProperty("max_tokens").GetInt32());
            Assert.False(request.Body.TryGetProperty("max_completion_tokens", out _));
        }
    }

    [Fact]
    public async Task A_model_that_writes_less_is_asked_for_less()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(400, "max_tokens is too large: 8192. This model supports at most 4096 completion tokens."));

        (await anton.RunAsync("openai", "[[say short]]")).ShouldHaveAnswered("short");

        Assert.Equal(4096, anton.Model.Requests[1].Body.GetProperty("max_completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("context_length_exceeded")]
    [InlineData("prompt is too long: 210000 tokens > 200000 maximum")]
    [InlineData("The input token count (1100000) exceeds the maximum number of tokens allowed")]
    public async Task A_conversation_that_is_too_long_is_summarised_and_then_cut(string message)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model
            .Reply(Replies.Error(400, message))
            .Reply(Replies.Stream([Frames.ChatText("- The harbour opens at six."), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]))
            .Reply(Replies.Error(400, message));

        var outcome = await anton.RunAsync(Long(anton, "[[say fits]]"));

        outcome.ShouldHaveAnswered("fits");
        Assert.Equal(2, outcome.Events.Count(e => e is HarnessEvent.ContextCompacted));
        var counts = anton.Model.Requests.Select(request => request.Body.GetProperty("messages").GetArrayLength() - 1);
        Assert.Equal([21, 1, 7, 3], counts);
        Assert.Contains("- The harbour opens at six.", anton.Model.Requests[2].Body.GetProperty("messages")[1].GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal("fake-coder", anton.Model.Requests[1].Body.GetProperty("model").GetString());
        var last = anton.Model.Requests[3].Body.GetProperty("messages");
        Assert.Equal(["system", "user", "assistant", "user"], last.EnumerateArray().Select(m => m.GetProperty("role").GetString()));
        Assert.Contains("are not shown to you", last[0].GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversation_that_never_fits_fails_with_advice()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync(Long(anton, "[[error 400 context_length_exceeded]]"));

        outcome.ShouldHaveFailed(FailureCodes.ContextOverflow);
        Assert.Equal(2, outcome.Events.Count(e => e is HarnessEvent.ContextCompacted));
        // The whole, the summary, the summarised, and the last messages.
        Assert.Equal(4, anton.Model.Requests.Count);
    }

    [Fact]
    public async Task A_first_message_that_is_too_long_leaves_less_room_for_the_answer_and_then_fails()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync("anthropic", "[[error 400 context_length_exceeded]]");

        outcome.ShouldHaveFailed(FailureCodes.ContextOverflow);
        Assert.Single(outcome.Events.OfType<HarnessEvent.ContextCompacted>());
        Assert.Equal([8192, 1024], anton.Model.Requests.Select(request => request.Body.GetProperty("max_tokens").GetInt32()));
    }

    [Fact]
    public async Task A_limit_that_is_named_max_completion_tokens_is_not_taken_for_an_unknown_name()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(400, "Invalid 'max_completion_tokens': must be less than or equal to 4096"));

        (await anton.RunAsync("openai_compatible", "[[say short]]")).ShouldHaveAnswered("short");

        Assert.Equal(4096, anton.Model.Requests[1].Body.GetProperty("max_completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_name_that_is_refused_as_well_is_not_kept()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(400, "Unsupported parameter: max_completion_tokens")).Reply(Replies.Error(400, "Unsupported parameter: max_tokens"));

        (await anton.RunAsync("openai_compatible", "hi")).ShouldHaveFailed(FailureCodes.ProviderRejected);
        await anton.RunAsync("openai_compatible", "[[say x]]");

        Assert.True(anton.Model.Requests[2].Body.TryGetProperty("max_completion_tokens", out _));
    }

    [Fact]
    public async Task Where_even_a_short_answer_does_not_fit_the_conversation_is_shortened()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync(Long(anton, "[[error 400 'max_tokens' or 'max_completion_tokens' is too large: this model's maximum context length is 512 tokens]]"));

        outcome.ShouldHaveFailed(FailureCodes.ContextOverflow);
        Assert.Equal([8192, 4096, 1024, 1024], anton.Model.Requests.Select(request => request.Body.GetProperty("max_completion_tokens").GetInt32()));
        Assert.Single(outcome.Events.OfType<HarnessEvent.ContextCompacted>());
    }

    static TurnRequest Long(AntonUnderTest anton, string text) => anton.Request("openai", new ContentBlock.TextBlock(text)) with
    {
        History = [.. Enumerable.Range(0, 20).Select(i => new HistoryMessage(i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, [new ContentBlock.TextBlock($"message {i}")]))],
    };
}
