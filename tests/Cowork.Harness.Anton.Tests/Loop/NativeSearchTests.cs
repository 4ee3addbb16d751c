using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class NativeSearchTests
{
    [Fact]
    public async Task Anthropics_own_search_is_shown_and_goes_back_as_it_came()
    {
        await using var anton = await new ProbeTools().StartAsync();
        anton.Model
            .Reply(Replies.Stream(
            [
                Start,
                Frames.Event("content_block_start", """
                    "index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}
                    """),
                Frames.Event("content_block_delta", """
                    "index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"tides\"}"}
                    """),
                Frames.Event("content_block_stop", "\"index\":0"),
                Frames.Event("content_block_start", """
                    "index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://example.com","title":"Tides","encrypted_content":"sealed","page_age":null}]}
                    """),
                Frames.Event("content_block_stop", "\"index\":1"),
                Frames.Event("message_delta", """
                    "delta":{"stop_reason":"pause_turn","stop_sequence":null},"usage":{"output_tokens":20}
                    """),
                Frames.Event("message_stop"),
            ]))
            .Reply(Replies.Stream(Frames.MessageReply("High at six.", [])));

        var outcome = await anton.RunAsync("anthropic", "when is high tide?");

        outcome.ShouldHaveAnswered("High at six.");
        Assert.Contains("tides", Assert.Single(outcome.Events.OfType<HarnessEvent.Progress>(), p => p.Phase == "web_search").Message, StringComparison.Ordinal);
        var sent = anton.Model.Requests[1].Body.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal(["server_tool_use", "web_search_tool_result"], sent.EnumerateArray().Select(part => part.GetProperty("type").GetString()));
        Assert.Equal("tides", sent[0].GetProperty("input").GetProperty("query").GetString());
        Assert.Equal("sealed", sent[1].GetProperty("content")[0].GetProperty("encrypted_content").GetString());
    }

    const string Start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"fake\",\"stop_sequence\":null,\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\n";
}
