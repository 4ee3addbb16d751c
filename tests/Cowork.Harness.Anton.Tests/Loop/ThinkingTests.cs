using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class ThinkingTests
{
    [Fact]
    public async Task What_anthropics_models_think_goes_back_signed_before_their_calls()
    {
        await using var anton = await new ProbeTools().Add("measure", "42 metres").StartAsync();
        List<string> call = [.. Frames.MessageToolCalls(("measure", "{}"))];
        anton.Model.Reply(Replies.Stream([call[0], .. Thinking, .. call.Skip(1).Select(frame => frame.Replace("\"index\":0", "\"index\":2", StringComparison.Ordinal))]));

        var outcome = await anton.RunAsync("anthropic", "How deep? [[say It is 42.]]");

        outcome.ShouldHaveAnswered("It is 42.");
        Assert.Equal("It is deep.", outcome.Reasoning);
        var sent = anton.Model.Requests[1].Body.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal(["thinking", "redacted_thinking", "tool_use"], sent.EnumerateArray().Select(part => part.GetProperty("type").GetString()));
        Assert.Equal(("It is deep.", "signed"), (sent[0].GetProperty("thinking").GetString(), sent[0].GetProperty("signature").GetString()));
        Assert.Equal("sealed", sent[1].GetProperty("data").GetString());
    }

    [Fact]
    public async Task Thoughts_without_a_signature_stay_away()
    {
        await using var anton = await new ProbeTools().Add("measure", "42 metres").StartAsync();

        (await anton.RunAsync("anthropic", "[[reason hm]] [[tool measure {}]] [[say It is 42.]]")).ShouldHaveAnswered("It is 42.");

        Assert.DoesNotContain("thinking", anton.Model.Requests[1].Body.GetProperty("messages").GetRawText(), StringComparison.Ordinal);
    }

    static string[] Thinking =>
    [
        Frames.Event("content_block_start", """
            "index":0,"content_block":{"type":"thinking","thinking":"","signature":""}
            """),
        Frames.Event("content_block_delta", """
            "index":0,"delta":{"type":"thinking_delta","thinking":"It is "}
            """),
        Frames.Event("content_block_delta", """
            "index":0,"delta":{"type":"thinking_delta","thinking":"deep."}
            """),
        Frames.Event("content_block_delta", """
            "index":0,"delta":{"type":"signature_delta","signature":"signed"}
            """),
        Frames.Event("content_block_stop", "\"index\":0"),
        Frames.Event("content_block_start", """
            "index":1,"content_block":{"type":"redacted_thinking","data":"sealed"}
            """),
        Frames.Event("content_block_stop", "\"index\":1"),
    ];
}
