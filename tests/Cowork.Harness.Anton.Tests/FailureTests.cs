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
    [InlineData(503, FailureCodes.ProviderOverloaded)]
    [InlineData(529, FailureCodes.ProviderOverloaded)]
    public async Task A_busy_provider_is_tried_again_for_half_a_minute_and_every_wait_is_shown(int status, string code)
    {
        foreach (var provider in (string[])["openai", "anthropic", "responses"])
        {
            await using var anton = await AntonUnderTest.StartAsync(provider);

            for (var i = 0; i < 6; i++)
                anton.Model.Reply(Replies.Error(status, "kaboom"));
            var outcome = await anton.RunAsync(provider, "hi");

            outcome.ShouldHaveFailed(code);
            Assert.True(outcome.Failure!.Retryable);
            Assert.Equal(6, anton.Model.Requests.Count);
            Assert.InRange(outcome.Waits.Sum(wait => wait.TotalSeconds), 20, 42);
            Assert.Equal(outcome.Waits.Count, outcome.Events.Count(e => e is HarnessEvent.Progress { Phase: "retrying", EtaSeconds: > 0 }));
            Assert.DoesNotContain("kaboom", outcome.Failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_turn_that_nobody_waits_for_has_more_patience()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        for (var i = 0; i < 8; i++)
            anton.Model.Reply(Replies.Error(i % 2 == 0 ? 500 : 529, "kaboom"));

        (await anton.RunAsync(anton.Request("openai", new ContentBlock.TextBlock("[[say there]]")) with { IsInteractive = false })).ShouldHaveAnswered("there");
    }

    [Fact]
    public async Task A_wait_in_a_side_job_is_shown()
    {
        await using var anton = await new Loop.ProbeTools().Add("measure", "1").StartAsync();
        anton.Model
            .Reply(Replies.Stream(Frames.ChatToolCalls(("measure", "{}"))))
            .Reply(Replies.Stream(Frames.ChatReply("I could not reach one source.", [])))
            .Reply(Replies.Error(529, "busy"))
            .Reply(Replies.Stream(Frames.ChatReply("STATUS: COMPLETE", [])));

        var outcome = await anton.RunAsync("openai", "look it up");

        outcome.ShouldHaveAnswered("I could not reach one source.");
        Assert.Contains(outcome.Events, e => e is HarnessEvent.Progress { Phase: "retrying" });
    }

    [Theory]
    [InlineData(500, FailureCodes.ProviderOverloaded)]
    public async Task A_broken_provider_is_tried_three_times_at_once(int status, string code)
    {
        foreach (var provider in (string[])["openai", "anthropic", "responses"])
        {
            await using var anton = await AntonUnderTest.StartAsync(provider);
            for (var i = 0; i < 3; i++)
                anton.Model.Reply(Replies.Error(status, "kaboom"));

            var outcome = await anton.RunAsync(provider, "hi");

            outcome.ShouldHaveFailed(code);
            Assert.True(outcome.Failure!.Retryable);
            Assert.Equal(2, outcome.Retries);
            Assert.Equal(3, anton.Model.Requests.Count);
            Assert.InRange(outcome.Waits[0].TotalSeconds, 0.3, 0.7);
            Assert.InRange(outcome.Waits[1].TotalSeconds, 0.9, 1.6);
            Assert.Empty(outcome.Events);
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
    [InlineData("retry-after", "170", 170)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("retry-after", "Sat, 14 Mar 2026 15:09:36 GMT", 10)]
    public async Task The_provider_says_how_long_to_wait(string header, string value, double seconds)
    {
        foreach (var provider in (string[])["openai", "anthropic", "responses"])
        {
            await using var anton = await AntonUnderTest.StartAsync(provider);
            anton.Time.Short = TimeSpan.FromMinutes(5);
            anton.Model.Reply(Replies.Json("{}", 429, (header, value))).Reply(AntonUnderTest.TextReply(provider, "there"));

            var outcome = await anton.RunAsync(provider, "hi");

            outcome.ShouldHaveAnswered("there");
            Assert.Equal(seconds, outcome.Waits.Sum(wait => wait.TotalSeconds));
            Assert.Equal(seconds, Assert.Single(outcome.Events.OfType<HarnessEvent.Progress>(), e => e.Phase == "retrying").EtaSeconds);
        }
    }

    [Fact]
    public async Task A_wait_that_nobody_would_sit_through_is_told_at_once()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Json("{}", 429, ("retry-after", "3600")));

        var outcome = await anton.RunAsync("openai", "hi");

        outcome.ShouldHaveFailed(FailureCodes.RateLimited);
        Assert.Contains("in 60 minutes", outcome.Failure!.UserMessage, StringComparison.Ordinal);
        Assert.Single(anton.Model.Requests);
    }

    [Fact]
    public async Task A_time_to_wait_for_that_is_over_does_not_make_it_hurry()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.Model.Reply(Replies.Json("{}", 429, ("retry-after", "Sat, 14 Mar 2026 15:00:00 GMT")));

        (await anton.RunAsync("openai", "[[say there]]")).ShouldHaveAnswered("there");

        Assert.InRange(anton.Time.Waits.Sum(wait => wait.TotalSeconds), 0.3, 0.7);
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

    [Theory]
    [InlineData("blank inside")]
    [InlineData("line\nbreak")]
    [InlineData("sk-größe")]
    public async Task A_key_that_cannot_be_sent_is_refused_without_being_quoted(string key)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("hi")) with { Models = anton.Models("openai", new Secret(key)) };

        var outcome = await anton.RunAsync(request);

        outcome.ShouldHaveFailed(FailureCodes.ProviderAuth);
        Assert.DoesNotContain(key, outcome.Failure!.ToString(), StringComparison.Ordinal);
        Assert.Empty(anton.Model.Requests);
    }

    [Fact]
    public async Task Without_a_model_the_turn_says_what_to_set()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("gemini", new ContentBlock.TextBlock("hi"));
        var models = anton.Models("gemini");

        (await anton.RunAsync(request with { Models = null })).ShouldHaveFailed(FailureCodes.NotConfigured);
        (await anton.RunAsync(request with { Models = models with { Planning = models.Planning with { Model = "" } } })).ShouldHaveFailed(FailureCodes.NotConfigured);
    }

    [Theory]
    [InlineData(403, FailureCodes.ProviderAuth, 0)]
    [InlineData(429, FailureCodes.RateLimited, 5)] // a gatekeeper in front of the provider
    [InlineData(502, FailureCodes.ProviderOverloaded, 5)]
    public async Task A_web_page_as_an_error_is_judged_by_its_status_alone(int status, string code, int retries)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        for (var i = 0; i < 6; i++)
        {
            anton.Model.Reply(async http =>
            {
                (http.Response.StatusCode, http.Response.ContentType) = (status, "text/html");
                await http.Response.WriteAsync("<html>insufficient model quota</html>", http.RequestAborted);
            });
        }

        var outcome = await anton.RunAsync("openai", "hi");

        outcome.ShouldHaveFailed(code);
        Assert.Equal(retries, outcome.Retries);
    }
}
