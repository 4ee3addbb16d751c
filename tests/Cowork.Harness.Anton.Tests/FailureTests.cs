using Cowork.Abstractions;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests;

public sealed class FailureTests
{
    [Theory]
    [InlineData(401, "Incorrect API key provided", FailureCodes.ProviderAuth)]
    [InlineData(403, "Your key lacks permission", FailureCodes.ProviderAuth)]
    [InlineData(403, "Project does not have access to model gpt-9", FailureCodes.ModelAccessDenied)]
    [InlineData(402, "Payment required", FailureCodes.TokenLimit)]
    [InlineData(429, "You exceeded your current quota", FailureCodes.TokenLimit)]
    [InlineData(429, "insufficient_quota", FailureCodes.TokenLimit)]
    [InlineData(400, "Your credit balance is too low to access the API", FailureCodes.TokenLimit)] // Anthropic's way to say 402
    [InlineData(404, "The model `x` does not exist", FailureCodes.UnknownModel)]
    [InlineData(404, "no route", FailureCodes.ProviderRejected)] // a wrong base URL
    [InlineData(400, "Invalid model name passed in model=x", FailureCodes.UnknownModel)]
    [InlineData(400, "Input tag image_url does not match any of the expected tags: image", FailureCodes.ImageFormat)]
    [InlineData(400, "Could not process image", FailureCodes.ImageFormat)]
    [InlineData(400, "kaboom-raw", FailureCodes.ProviderRejected)]
    [InlineData(418, "kaboom-raw", FailureCodes.ProviderRejected)]
    [InlineData(302, "elsewhere", FailureCodes.ProviderRejected)]
    public async Task A_refusal_ends_the_turn_at_once_with_its_code(int status, string message, string code)
    {
        foreach (var provider in (string[])["openai", "anthropic"])
        {
            await using var anton = await AntonUnderTest.StartAsync();

            var outcome = await anton.RunAsync(provider, $"[[error {status} {message}]]");

            outcome.ShouldHaveFailed(code);
            Assert.Empty(outcome.Events);
            Assert.Single(anton.Model.Requests);
            Assert.DoesNotContain(message, outcome.Failure!.ToString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData(408, FailureCodes.ProviderOverloaded)]
    [InlineData(409, FailureCodes.ProviderOverloaded)]
    [InlineData(429, FailureCodes.RateLimited)]
    [InlineData(500, FailureCodes.ProviderOverloaded)]
    [InlineData(503, FailureCodes.ProviderOverloaded)]
    [InlineData(529, FailureCodes.ProviderOverloaded)]
    public async Task A_passing_trouble_is_tried_three_times(int status, string code)
    {
        foreach (var provider in (string[])["openai", "anthropic"])
        {
            await using var anton = await AntonUnderTest.StartAsync();

            var outcome = await anton.RunAsync(provider, $"[[error {status} kaboom]]");

            outcome.ShouldHaveFailed(code);
            Assert.True(outcome.Failure!.Retryable);
            Assert.Equal(2, outcome.Retries);
            Assert.Equal(3, anton.Model.Requests.Count);
            Assert.InRange(outcome.Waits[0].TotalSeconds, 0.3, 0.7);
            Assert.InRange(outcome.Waits[1].TotalSeconds, 0.7, 1.3);
            Assert.DoesNotContain("kaboom", outcome.Failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_trouble_that_passes_is_not_a_failure(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(500, "one")).Reply(Replies.Error(529, "two"));

        var outcome = await anton.RunAsync(provider, "[[say there]]");

        outcome.ShouldHaveAnswered("there");
        Assert.Equal(2, outcome.Retries);
    }

    [Theory]
    [InlineData("retry-after", "7", 7)]
    [InlineData("retry-after", "3600", 30)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("retry-after", "Sat, 14 Mar 2026 15:09:36 GMT", 10)]
    [InlineData("retry-after", "Sat, 14 Mar 2026 15:00:00 GMT", 0)]
    public async Task The_provider_says_how_long_to_wait(string header, string value, double seconds)
    {
        foreach (var provider in (string[])["openai", "anthropic"])
        {
            await using var anton = await AntonUnderTest.StartAsync();
            anton.Model.Reply(Replies.Json("{}", 429, (header, value)));

            var outcome = await anton.RunAsync(provider, "[[say there]]");

            outcome.ShouldHaveAnswered("there");
            Assert.Equal(seconds, Assert.Single(outcome.Waits).TotalSeconds);
        }
    }

    [Fact]
    public async Task A_gateways_exhausted_budget_is_not_tried_again()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Json("""{"detail":"monthly tokens used up"}""", 429));

        var outcome = await anton.RunAsync("minds_cloud", "hello");

        outcome.ShouldHaveFailed(FailureCodes.TokenLimit);
        Assert.Single(anton.Model.Requests);
        Assert.Contains("MindsHub", outcome.Failure!.UserMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Geminis_errors_in_an_array_are_understood()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Json("""[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]""", 400));

        (await anton.RunAsync("gemini", "hello")).ShouldHaveFailed(FailureCodes.ProviderAuth);
    }

    [Fact]
    public async Task An_image_that_is_refused_gets_advice()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync("openai", "[[error 400 unsupported image]]");

        Assert.Contains("PNG", outcome.Failure!.UserMessage, StringComparison.Ordinal);
    }

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
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_cut_connection_fails_the_turn_once_and_repeats_nothing(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcome = await anton.RunAsync(provider, "[[drop 6]] [[chunks 20 6 0]]");

        outcome.ShouldHaveFailed(FailureCodes.ConnectionLost);
        Assert.StartsWith("xxxx0 xxxx1 ", outcome.Text, StringComparison.Ordinal);
        Assert.Single(anton.Model.Requests);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_connection_that_is_cut_before_the_first_word_is_tried_again(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([], dropAfter: 0));

        var outcome = await anton.RunAsync(provider, "[[say back again]]");

        outcome.ShouldHaveAnswered("back again");
        Assert.Equal(1, outcome.Retries);
    }

    [Fact]
    public async Task A_stream_that_just_ends_is_no_success()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatText("half an")])).Reply(Replies.Stream([Frames.EventText("half an")]));

        foreach (var provider in (string[])["openai", "anthropic"])
        {
            var outcome = await anton.RunAsync(provider, "hi");
            outcome.ShouldHaveFailed(FailureCodes.ConnectionLost);
            Assert.Equal("half an", outcome.Text);
        }
    }

    [Fact]
    public async Task Only_the_end_mark_missing_after_a_complete_answer_is_no_failure()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatText("whole"), Frames.ChatChunk("{}", "stop")], dropAfter: 2));

        (await anton.RunAsync("openai", "hi")).ShouldHaveAnswered("whole");
    }

    [Fact]
    public async Task An_unreachable_server_is_tried_three_times()
    {
        foreach (var provider in (string[])["openai", "anthropic"])
        {
            await using var anton = await AntonUnderTest.StartAsync();
            await anton.Model.DisposeAsync();

            var outcome = await anton.RunAsync(provider, "hi");

            outcome.ShouldHaveFailed(FailureCodes.ProviderOverloaded);
            Assert.Equal(2, outcome.Retries);
        }
    }

    [Theory]
    [InlineData("overloaded_error", FailureCodes.ProviderOverloaded, 2)]
    [InlineData("rate_limit_error", FailureCodes.RateLimited, 2)]
    [InlineData("authentication_error", FailureCodes.ProviderAuth, 0)]
    [InlineData("billing_error", FailureCodes.TokenLimit, 0)]
    [InlineData("something_new", FailureCodes.ProviderOverloaded, 2)]
    public async Task An_error_inside_a_stream_counts_like_an_http_error(string type, string code, int retries)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var anthropic = Replies.Stream([Frames.Event("error", $$"""
            "error":{"type":"{{type}}","message":"kaboom"}
            """)]);
        var openai = Replies.Stream([Frames.ChatChunk("""{"role":"assistant"}"""), $$$"""data: {"error":{"type":"{{{type}}}","message":"kaboom"}}{{{"\n\n"}}}"""]);

        foreach (var (provider, reply) in new[] { ("anthropic", anthropic), ("openai", openai) })
        {
            anton.Model.Reply(reply).Reply(reply).Reply(reply);
            var outcome = await anton.RunAsync(provider, "hi");
            outcome.ShouldHaveFailed(code);
            Assert.Equal(retries, outcome.Retries);
            Assert.DoesNotContain("kaboom", outcome.Failure!.ToString(), StringComparison.Ordinal);
            anton.Model.Clear();
        }
    }

    [Fact]
    public async Task An_error_after_the_first_words_is_not_tried_again()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.EventText("so far"), Frames.Event("error", """
            "error":{"type":"overloaded_error","message":"Overloaded"}
            """)]));

        var outcome = await anton.RunAsync("anthropic", "hi");

        outcome.ShouldHaveFailed(FailureCodes.ProviderOverloaded);
        Assert.Equal("so far", outcome.Text);
        Assert.Single(anton.Model.Requests);
    }

    [Theory]
    [InlineData("stop", "empty_answer")]
    [InlineData("length", "empty_answer")]
    [InlineData("content_filter", FailureCodes.ProviderRejected)]
    public async Task An_empty_answer_is_a_failure(string finish, string code)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatChunk("{}", finish), Frames.ChatEnd()]));

        (await anton.RunAsync("openai", "hi")).ShouldHaveFailed(code);
    }

    [Fact]
    public async Task A_web_page_instead_of_an_api_points_to_the_base_url()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(async http =>
        {
            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.WriteAsync("<html>Sign in</html>", http.RequestAborted);
        });

        var outcome = await anton.RunAsync("openai_compatible", "hi");

        outcome.ShouldHaveFailed(FailureCodes.ProviderRejected);
        Assert.Contains("base URL", outcome.Failure!.UserMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_ends_the_turn_some_time()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var silent = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            silent.SetResult();
            await Replies.Hang(http);
        });

        var turn = anton.RunAsync("openai", "hi");
        await silent.Task;
        anton.Time.Advance(TimeSpan.FromMinutes(11));

        (await turn).ShouldHaveFailed(FailureCodes.ProviderOverloaded);
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
    public async Task A_conversation_that_is_too_long_is_shortened_twice(string message)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Error(400, message)).Reply(Replies.Error(400, message));

        var outcome = await anton.RunAsync(Long(anton, "[[say fits]]"));

        outcome.ShouldHaveAnswered("fits");
        Assert.Equal(2, outcome.Events.Count(e => e is HarnessEvent.ContextCompacted));
        var counts = anton.Model.Requests.Select(request => request.Body.GetProperty("messages").GetArrayLength() - 1);
        Assert.Equal([21, 11, 3], counts);
        var last = anton.Model.Requests[2].Body.GetProperty("messages");
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
        Assert.Equal(3, anton.Model.Requests.Count);
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

    [Theory]
    [InlineData("openai", 401)]
    [InlineData("openai", 400)]
    [InlineData("openai", 500)]
    [InlineData("anthropic", 401)]
    [InlineData("anthropic", 400)]
    [InlineData("anthropic", 500)]
    public async Task A_key_that_the_provider_quotes_goes_nowhere(string provider, int status)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var text = $"[[error {status} Incorrect key {AntonUnderTest.Canary}]]";

        var outcome = await anton.RunAsync(provider, text);

        Assert.DoesNotContain(AntonUnderTest.Canary, outcome.Failure!.ToString(), StringComparison.Ordinal);
        Assert.All(outcome.Events, e => Assert.DoesNotContain(AntonUnderTest.Canary, e.ToString()!, StringComparison.Ordinal));
        Assert.Contains($"{status}", anton.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(AntonUnderTest.Canary, anton.Log, StringComparison.Ordinal);
    }

    static TurnRequest Long(AntonUnderTest anton, string text) => anton.Request("openai", new ContentBlock.TextBlock(text)) with
    {
        History = [.. Enumerable.Range(0, 20).Select(i => new HistoryMessage(i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, [new ContentBlock.TextBlock($"message {i}")]))],
    };
}
