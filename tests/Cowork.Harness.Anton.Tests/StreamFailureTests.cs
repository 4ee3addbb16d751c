using Cowork.Abstractions;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests;

public sealed class StreamFailureTests
{
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

    [Theory]
    [InlineData("overloaded_error", FailureCodes.ProviderOverloaded, 5)]
    [InlineData("rate_limit_error", FailureCodes.RateLimited, 5)]
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
            for (var i = 0; i < 6; i++)
                anton.Model.Reply(reply);
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
    [InlineData("content_filter", FailureCodes.ProviderRejected)]
    public async Task An_empty_answer_is_a_failure(string finish, string code)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Stream([Frames.ChatChunk("{}", finish), Frames.ChatEnd()]));

        (await anton.RunAsync("openai", "hi")).ShouldHaveFailed(code);
    }

    [Fact]
    public async Task A_reply_that_was_all_thinking_gets_twice_the_room_and_then_fails()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        for (var i = 0; i < 2; i++)
            anton.Model.Reply(Replies.Stream([Frames.ChatChunk("{}", "length"), Frames.ChatEnd()]));

        (await anton.RunAsync("openai", "hi")).ShouldHaveFailed("empty_answer");

        Assert.Equal([8192, 16384], anton.Model.Requests.Select(request => request.Body.GetProperty("max_completion_tokens").GetInt32()));
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
}
