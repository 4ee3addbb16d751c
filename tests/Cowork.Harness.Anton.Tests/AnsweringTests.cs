using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests;

public sealed class AnsweringTests
{
    [Fact]
    public async Task The_plugin_offers_one_harness_that_needs_a_model()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        Assert.Equal("anton", anton.Descriptor.Id);
        Assert.True(anton.Descriptor.NeedsModel);
    }

    [Theory]
    [InlineData("openai", "/v1/chat/completions")]
    [InlineData("gemini", "/v1/chat/completions")]
    [InlineData("openai_compatible", "/v1/chat/completions")]
    [InlineData("minds_cloud", "/v1/chat/completions")]
    [InlineData("anthropic", "/v1/messages")]
    public async Task A_plain_answer_streams_in_the_providers_wire_format(string provider, string path)
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync(provider, "[[say Hello there friend]]");

        outcome.ShouldHaveAnswered("Hello there friend");
        Assert.Equal(["Hello ", "there ", "friend"], outcome.Events.OfType<HarnessEvent.TextDelta>().Select(e => e.Text));
        Assert.Equal((10, 20), (outcome.Usage.InputTokens, outcome.Usage.OutputTokens));
        var request = Assert.Single(anton.Model.Requests);
        Assert.Equal(path, request.Path);
        Assert.Equal("fake-planner", request.Body.GetProperty("model").GetString());
        Assert.Equal($"Bearer {AntonUnderTest.Canary}", request.Headers["authorization"]);
    }

    [Fact]
    public async Task Chat_completions_get_the_limits_they_expect()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say x]]"));
        var models = anton.Models("openai");

        await anton.RunAsync(request);
        await anton.RunAsync(request with { Models = models with { Planning = models.Planning with { ReasoningEffort = "high" } } });

        var (plain, effort) = (anton.Model.Requests[0].Body, anton.Model.Requests[1].Body);
        Assert.Equal(8192, plain.GetProperty("max_completion_tokens").GetInt32());
        Assert.True(plain.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        Assert.False(plain.TryGetProperty("reasoning_effort", out _));
        Assert.Equal("high", effort.GetProperty("reasoning_effort").GetString());
    }

    [Fact]
    public async Task Anthropic_gets_its_limits_effort_and_cache_marks()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var models = anton.Models("anthropic");
        var request = anton.Request("anthropic", new ContentBlock.TextBlock("[[say x]]"));

        await anton.RunAsync(request with { Models = models with { Planning = models.Planning with { ReasoningEffort = "low" } } });

        var body = anton.Model.Requests[0].Body;
        Assert.Equal(8192, body.GetProperty("max_tokens").GetInt32());
        Assert.Equal("low", body.GetProperty("output_config").GetProperty("effort").GetString());
        var system = body.GetProperty("system");
        Assert.Equal("ephemeral", system[0].GetProperty("cache_control").GetProperty("type").GetString());
        Assert.False(system[1].TryGetProperty("cache_control", out _));
        Assert.Equal("ephemeral", body.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("cache_control").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_server_without_keys_is_called_all_the_same(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var models = anton.Models(provider);
        var keyless = models with { Planning = models.Planning with { ApiKey = null } };

        var outcome = await anton.RunAsync(anton.Request(provider, new ContentBlock.TextBlock("[[say local]]")) with { Models = keyless });

        outcome.ShouldHaveAnswered("local");
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Reasoning_is_never_part_of_the_answer(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync(provider, "[[reason secret musing]] [[say visible]]");

        outcome.ShouldHaveAnswered("visible");
        Assert.Equal("secret musing", outcome.Reasoning);
    }

    [Fact]
    public async Task Reasoning_in_the_words_of_other_servers_is_understood()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([
            Frames.ChatChunk("""{"content":null,"reasoning":"hm"}"""), Frames.ChatChunk("""{"content":"","reasoning_content":null}"""),
            Frames.ChatText("yes"), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]));

        var outcome = await anton.RunAsync("openai_compatible", "hi");

        outcome.ShouldHaveAnswered("yes");
        Assert.Equal("hm", outcome.Reasoning);
    }

    [Fact]
    public async Task Cached_tokens_are_counted_as_part_of_the_input()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model
            .Reply(Replies.Stream([
                Frames.ChatText("a"), Frames.ChatChunk("{}", "stop"),
                Frames.ChatEnd("""{"prompt_tokens":100,"completion_tokens":7,"total_tokens":107,"prompt_tokens_details":{"cached_tokens":64}}""")]))
            .Reply(Replies.Stream([
                Frames.Event("message_start", """
                    "message":{"id":"m","type":"message","role":"assistant","model":"f","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":6,"cache_creation_input_tokens":30,"cache_read_input_tokens":64,"output_tokens":1}}
                    """),
                Frames.EventText("a"),
                Frames.Event("message_delta", """
                    "delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}
                    """),
                Frames.Event("message_stop")]));

        foreach (var provider in (string[])["openai", "anthropic"])
        {
            var usage = (await anton.RunAsync(provider, "hi")).Usage;
            Assert.Equal((100, 7, 64), (usage.InputTokens, usage.OutputTokens, usage.CachedInputTokens));
        }
    }

    [Fact]
    public async Task A_server_that_reports_no_usage_and_an_odd_finish_still_answers()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatText("fine"), Frames.ChatChunk("{}", "eos_token"), "data: [DONE]\n\n"]));

        var outcome = await anton.RunAsync("openai_compatible", "hi");

        outcome.ShouldHaveAnswered("fine");
        Assert.DoesNotContain(outcome.Events, e => e is HarnessEvent.Usage);
    }

    [Fact]
    public async Task An_answer_that_reached_its_limit_goes_on_without_a_seam()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model
            .Reply(Replies.Stream([Frames.ChatText("This reply is cut o"), Frames.ChatChunk("{}", "length"), Frames.ChatEnd()]))
            .Reply(Replies.Stream([Frames.ChatText("ff and now complete."), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]));

        var outcome = await anton.RunAsync("openai", "hi");

        outcome.ShouldHaveAnswered("This reply is cut off and now complete.");
        Assert.Empty(outcome.Events.OfType<HarnessEvent.Warning>());
    }

    [Fact]
    public async Task An_answer_that_never_ends_says_so()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        for (var i = 0; i < 4; i++)
            anton.Model.Reply(Replies.Stream([Frames.ChatText("more "), Frames.ChatChunk("{}", "length"), Frames.ChatEnd()]));

        var outcome = await anton.RunAsync("openai", "hi");

        outcome.ShouldHaveAnswered("more more more more ");
        Assert.Equal("answer_cut_short", Assert.Single(outcome.Events.OfType<HarnessEvent.Warning>()).Code);
    }

    [Fact]
    public async Task A_gateway_that_hides_the_limit_is_found_out_by_its_count_of_tokens()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model
            .Reply(Replies.Stream([Frames.ChatText("one "), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd("""{"prompt_tokens":10,"completion_tokens":8192,"total_tokens":8202}""")]))
            .Reply(Replies.Stream([Frames.ChatText("two"), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]));

        (await anton.RunAsync("openai", "hi")).ShouldHaveAnswered("one two");
    }
}
