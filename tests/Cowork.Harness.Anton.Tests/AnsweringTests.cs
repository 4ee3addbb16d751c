using Cowork.Abstractions;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests;

public sealed class AnsweringTests
{
    static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgogZmFrZQ==");

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

    [Fact]
    public async Task History_goes_out_in_order_and_plain()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say Ada]]")) with { History = [User("my name is Ada"), Assistant("nice")] };

        await anton.RunAsync(request);

        var messages = anton.Model.Requests[0].Body.GetProperty("messages");
        Assert.Equal(["system", "user", "assistant", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(["my name is Ada", "nice", "[[say Ada]]"], messages.EnumerateArray().Skip(1).Select(message => message.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Anthropic_never_sees_one_role_twice_in_a_row()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("anthropic", new ContentBlock.TextBlock("[[say there]]")) with
        {
            History = [Assistant("welcome"), User("first try"), Assistant(""), User("second try")],
        };

        await anton.RunAsync(request);

        var messages = anton.Model.Requests[0].Body.GetProperty("messages");
        Assert.Equal(["user", "assistant", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(["first try", "second try", "[[say there]]"], messages[2].GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Images_travel_as_images_and_files_as_their_paths()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var image = anton.Attachment("p.png", "image/png", Png);
        var file = anton.Attachment("note.txt", "text/plain", [1]);
        ContentBlock[] input = [new ContentBlock.TextBlock("look [[say seen]]"), new ContentBlock.FileBlock(file), new ContentBlock.ImageBlock(image)];

        (await anton.RunAsync(anton.Request("openai", input))).ShouldHaveAnswered("seen");
        (await anton.RunAsync(anton.Request("anthropic", input))).ShouldHaveAnswered("seen");

        var openai = anton.Model.Requests[0].Body.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal($"[Attached file 'note.txt' is at: {file.Path}]", openai[1].GetProperty("text").GetString());
        Assert.Equal("data:image/png;base64,iVBORw0KGgogZmFrZQ==", openai[2].GetProperty("image_url").GetProperty("url").GetString());
        var anthropic = anton.Model.Requests[1].Body.GetProperty("messages")[0].GetProperty("content");
        Assert.Equal($"[Attached file 'note.txt' is at: {file.Path}]", anthropic[1].GetProperty("text").GetString());
        Assert.Equal("image/png iVBORw0KGgogZmFrZQ==", $"{anthropic[2].GetProperty("source").GetProperty("media_type").GetString()} {anthropic[2].GetProperty("source").GetProperty("data").GetString()}");
    }

    [Fact]
    public async Task A_file_beside_text_stays_a_plain_string_for_simple_servers()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var file = anton.Attachment("note.txt", "text/plain", [1]);

        await anton.RunAsync(anton.Request("openai_compatible", new ContentBlock.TextBlock("[[say x]]"), new ContentBlock.FileBlock(file)));

        var content = anton.Model.Requests[0].Body.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal($"[[say x]]\n\n[Attached file 'note.txt' is at: {file.Path}]", content.GetString());
    }

    [Fact]
    public async Task An_image_of_more_than_20_MB_is_refused_before_the_call()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var image = new ContentBlock.ImageBlock(anton.Attachment("big.png", "image/png", new byte[(20 * 1024 * 1024) + 1]));

        var outcome = await anton.RunAsync(anton.Request("openai", image));

        outcome.ShouldHaveFailed(FailureCodes.ImageFormat);
        Assert.Empty(anton.Model.Requests);

        var later = anton.Request("openai", new ContentBlock.TextBlock("[[say fine]]")) with { History = [new(MessageRole.User, [image])] };
        (await anton.RunAsync(later)).ShouldHaveAnswered("fine");
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
    public async Task An_answer_that_reached_its_limit_says_so()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatText("half"), Frames.ChatChunk("{}", "length"), Frames.ChatEnd()]));

        var outcome = await anton.RunAsync("openai", "hi");

        outcome.ShouldHaveAnswered("half");
        Assert.Equal("answer_cut_short", Assert.Single(outcome.Events.OfType<HarnessEvent.Warning>()).Code);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task The_first_words_come_while_the_model_is_still_talking(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var heard = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            await Replies.Stream([provider == "openai" ? Frames.ChatText("first") : Frames.EventText("first")])(http);
            await heard.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync(provider == "openai"
                ? Frames.ChatChunk("{}", "stop")
                : Frames.Event("message_stop"), http.RequestAborted);
        });

        await using var events = anton.Harness.RunAsync(anton.Request(provider, new ContentBlock.TextBlock("hi")), TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("first", Assert.IsType<HarnessEvent.TextDelta>(events.Current).Text);
        heard.SetResult();
        while (await events.MoveNextAsync())
        {
        }
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Stopping_a_turn_hangs_up_at_once(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        using var stop = new CancellationTokenSource();
        var silent = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            silent.SetResult();
            await Replies.Hang(http);
        });

        var turn = anton.RunUntilAsync(anton.Request(provider, new ContentBlock.TextBlock("hi")), stop.Token);
        await silent.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => turn);
        await anton.Model.Requests[0].ClientGone;
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Stopping_in_mid_answer_hangs_up_at_once(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        using var stop = new CancellationTokenSource();
        anton.Model.Reply(async http =>
        {
            await Replies.Stream([provider == "openai" ? Frames.ChatText("first") : Frames.EventText("first")])(http);
            await Replies.Hang(http);
        });

        await using var events = anton.Harness.RunAsync(anton.Request(provider, new ContentBlock.TextBlock("hi")), stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await anton.Model.Requests[0].ClientGone;
    }

    [Fact]
    public async Task Many_turns_run_at_once_over_one_plugin()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => anton.RunAsync(i % 2 == 0 ? "openai" : "anthropic", $"[[say answer {i}]]")));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"answer {i}"), outcomes.Select(outcome => outcome.Text));
    }

    static HistoryMessage User(string text) => new(MessageRole.User, [new ContentBlock.TextBlock(text)]);

    static HistoryMessage Assistant(string text) => new(MessageRole.Assistant, [new ContentBlock.TextBlock(text)]);
}
