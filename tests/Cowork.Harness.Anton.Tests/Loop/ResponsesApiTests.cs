using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class ResponsesApiTests
{
    [Fact]
    public async Task Tools_are_called_and_read_over_the_responses_api()
    {
        var tools = new ProbeTools().Add("measure", "42 metres").Add("web_search", "never");
        await using var anton = await StartAsync(tools);
        anton.Model
            .Reply(Replies.Stream(Frames.ResponsesReply("Let me look.", [("measure", """{"n":7}""")])))
            .Reply(Replies.Stream(Frames.ResponsesReply("It is 42.", [])));

        var outcome = await anton.RunAsync("openai", "How deep?");

        outcome.ShouldHaveAnswered("Let me look.\n\nIt is 42.");
        Assert.Equal(7, Assert.Single(tools.Calls).Arguments.GetProperty("n").GetInt32());
        Assert.Equal((20L, 40L), (outcome.Events.OfType<HarnessEvent.Usage>().Sum(u => u.InputTokens), outcome.Events.OfType<HarnessEvent.Usage>().Sum(u => u.OutputTokens)));
        var body = anton.Model.Requests[1].Body;
        Assert.Equal("/v1/responses", anton.Model.Requests[1].Path);
        Assert.False(body.GetProperty("store").GetBoolean());
        Assert.Equal(["message", "message", "function_call", "function_call_output"], body.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString()));
        Assert.Equal("42 metres", body.GetProperty("input")[3].GetProperty("output").GetString());
        // The provider's own search instead of the tool of the same name.
        Assert.Equal(["function", "web_search"], body.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task A_reply_that_was_cut_goes_on()
    {
        await using var anton = await StartAsync(new ProbeTools());
        anton.Model
            .Reply(Replies.Stream(Frames.ResponsesReply("One ", [], "incomplete")))
            .Reply(Replies.Stream(Frames.ResponsesReply("two.", [])));

        (await anton.RunAsync("openai", "count")).ShouldHaveAnswered("One two.");
    }

    [Theory]
    [InlineData("rate_limit_exceeded", FailureCodes.RateLimited)]
    [InlineData("server_error", FailureCodes.ProviderOverloaded)]
    public async Task A_failure_inside_the_stream_has_its_code(string code, string expected)
    {
        await using var anton = await StartAsync(new ProbeTools());
        for (var i = 0; i < 6; i++)
            anton.Model.Reply(Replies.Stream([Frames.Event("error", $$"""
                "sequence_number":1,"code":"{{code}}","message":"no","param":null
                """)]));

        (await anton.RunAsync("openai", "hi")).ShouldHaveFailed(expected);
    }

    [Theory]
    [InlineData(401, FailureCodes.ProviderAuth)]
    [InlineData(402, FailureCodes.TokenLimit)]
    [InlineData(404, FailureCodes.ProviderRejected)]
    public async Task A_refused_call_has_its_code(int status, string expected)
    {
        await using var anton = await StartAsync(new ProbeTools());
        anton.Model.Reply(Replies.Error(status, "no"));

        (await anton.RunAsync("openai", "hi")).ShouldHaveFailed(expected);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_told_as_such()
    {
        await using var anton = await StartAsync(new ProbeTools());
        anton.Model.Reply(Replies.Stream(Frames.ResponsesReply("so far so", []), dropAfter: 4));

        (await anton.RunAsync("openai", "hi")).ShouldHaveFailed(FailureCodes.ConnectionLost);
    }

    static async Task<AntonUnderTest> StartAsync(ProbeTools tools)
    {
        var anton = await tools.StartAsync();
        anton.Settings.Values["anton_openai_api"] = "responses";
        return anton;
    }
}
