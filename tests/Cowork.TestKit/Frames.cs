using System.Text.Json;

namespace Cowork.TestKit;

/// <summary>The frames that providers send, ready for <see cref="Replies.Stream"/>.</summary>
public static class Frames
{
    const string Usage = """{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}""";

    /// <summary>A chunk of Chat Completions.</summary>
    /// <param name="delta">Its delta as JSON.</param>
    /// <param name="finish">Its finish reason.</param>
    /// <param name="model">The model's name.</param>
    public static string ChatChunk(string delta, string? finish = null, string model = "fake") =>
        $$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":{{Quote(model)}},"choices":[{"index":0,"delta":{{delta}},"finish_reason":{{(finish is null ? "null" : Quote(finish))}}}]}""" + "\n\n";

    /// <summary>A chunk of Chat Completions that carries text.</summary>
    public static string ChatText(string text) => ChatChunk($$"""{"content":{{Quote(text)}}}""");

    /// <summary>The last two frames of Chat Completions: usage, and the end mark.</summary>
    public static string ChatEnd(string usage = Usage) =>
        $$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"fake","choices":[],"usage":{{usage}}}""" + "\n\ndata: [DONE]\n\n";

    /// <summary>An event of the Messages API.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="rest">Its other members, without braces.</param>
    public static string Event(string type, string rest = "") =>
        $$"""event: {{type}}{{"\n"}}data: {"type":"{{type}}"{{(rest.Length == 0 ? "" : "," + rest)}}}""" + "\n\n";

    /// <summary>An event of the Messages API that carries text.</summary>
    public static string EventText(string text) => Event("content_block_delta", $$"""
        "index":0,"delta":{"type":"text_delta","text":{{Quote(text)}}}
        """);

    /// <summary>A whole reply of Chat Completions.</summary>
    /// <param name="text">What it says, word by word; may be <c>null</c>.</param>
    /// <param name="calls">Name and arguments of the tools that it calls.</param>
    /// <param name="finish">Its finish reason where it is not the usual one.</param>
    public static IEnumerable<string> ChatReply(string? text, IReadOnlyList<(string Name, string Arguments)> calls, string? finish = null)
    {
        yield return ChatChunk("""{"role":"assistant","content":""}""");
        foreach (var word in Words(text))
            yield return ChatText(word);
        for (var i = 0; i < calls.Count; i++)
        {
            var (name, arguments) = calls[i];
            var half = arguments.Length / 2;
            yield return ChatChunk($$$"""{"tool_calls":[{"index":{{{i}}},"id":"call_{{{name}}}_{{{i}}}","type":"function","function":{"name":{{{Quote(name)}}},"arguments":""}}]}""");
            yield return ChatChunk($$$"""{"tool_calls":[{"index":{{{i}}},"function":{"arguments":{{{Quote(arguments[..half])}}}}}]}""");
            yield return ChatChunk($$$"""{"tool_calls":[{"index":{{{i}}},"function":{"arguments":{{{Quote(arguments[half..])}}}}}]}""");
        }

        yield return ChatChunk("{}", finish ?? (calls.Count > 0 ? "tool_calls" : "stop"));
        yield return ChatEnd();
    }

    /// <summary>A reply of Chat Completions that calls tools and says nothing.</summary>
    /// <param name="calls">Name and arguments of each.</param>
    public static IEnumerable<string> ChatToolCalls(params (string Name, string Arguments)[] calls) => ChatReply(null, calls);

    /// <summary>A whole reply of the Messages API.</summary>
    /// <param name="text">What it says, word by word; may be <c>null</c>.</param>
    /// <param name="calls">Name and arguments of the tools that it calls.</param>
    public static IEnumerable<string> MessageReply(string? text, IReadOnlyList<(string Name, string Arguments)> calls)
    {
        yield return MessageStart("fake");
        var index = 0;
        if (text is not null)
        {
            yield return Event("content_block_start", $$"""
                "index":{{index}},"content_block":{"type":"text","text":""}
                """);
            foreach (var word in Words(text))
                yield return EventText(word);
            yield return Event("content_block_stop", $"\"index\":{index++}");
        }

        foreach (var (name, arguments) in calls)
        {
            yield return Event("content_block_start", $$$"""
                "index":{{{index}}},"content_block":{"type":"tool_use","id":"toolu_{{{name}}}_{{{index}}}","name":{{{Quote(name)}}},"input":{}}
                """);
            yield return Event("content_block_delta", $$$"""
                "index":{{{index}}},"delta":{"type":"input_json_delta","partial_json":{{{Quote(arguments)}}}}
                """);
            yield return Event("content_block_stop", $"\"index\":{index++}");
        }

        yield return MessageEnd(calls.Count > 0 ? "tool_use" : "end_turn");
        yield return Event("message_stop");
    }

    /// <summary>A reply of the Messages API that calls tools and says nothing.</summary>
    /// <param name="calls">Name and arguments of each.</param>
    public static IEnumerable<string> MessageToolCalls(params (string Name, string Arguments)[] calls) => MessageReply(null, calls);

    /// <summary>A whole reply of the Responses API.</summary>
    /// <param name="text">What it says, word by word; may be <c>null</c>.</param>
    /// <param name="calls">Name and arguments of the tools that it calls.</param>
    /// <param name="end">Its last event: <c>completed</c> or <c>incomplete</c>.</param>
    public static IEnumerable<string> ResponsesReply(string? text, IReadOnlyList<(string Name, string Arguments)> calls, string end = "completed")
    {
        yield return Event("response.created", $"\"sequence_number\":0,\"response\":{Response("in_progress")}");
        var index = 0;
        if (text is not null)
        {
            yield return Event("response.output_item.added", $$$"""
                "sequence_number":1,"output_index":{{{index}}},"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}
                """);
            foreach (var word in Words(text))
                yield return Event("response.output_text.delta", $$"""
                    "sequence_number":2,"item_id":"msg_1","output_index":{{index}},"content_index":0,"delta":{{Quote(word)}},"logprobs":[]
                    """);
            yield return Event("response.output_item.done", $$$"""
                "sequence_number":3,"output_index":{{{index}}},"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{{Quote(text)}}},"annotations":[]}]}
                """);
            index++;
        }

        foreach (var (name, arguments) in calls)
        {
            yield return Event("response.output_item.added", $$$"""
                "sequence_number":4,"output_index":{{{index}}},"item":{"id":"fc_{{{index}}}","type":"function_call","status":"in_progress","call_id":"call_{{{name}}}_{{{index}}}","name":{{{Quote(name)}}},"arguments":""}
                """);
            yield return Event("response.function_call_arguments.delta", $$"""
                "sequence_number":5,"item_id":"fc_{{index}}","output_index":{{index}},"delta":{{Quote(arguments)}}
                """);
            yield return Event("response.output_item.done", $$$"""
                "sequence_number":6,"output_index":{{{index}}},"item":{"id":"fc_{{{index}}}","type":"function_call","status":"completed","call_id":"call_{{{name}}}_{{{index}}}","name":{{{Quote(name)}}},"arguments":{{{Quote(arguments)}}}}
                """);
            index++;
        }

        yield return Event($"response.{end}", $"\"sequence_number\":7,\"response\":{Response(end)}");
    }

    static string Response(string status) => $$$"""
        {"id":"resp_1","object":"response","created_at":1,"status":"{{{status}}}","model":"fake","output":[],"parallel_tool_calls":true,"tools":[],"error":null,
        "incomplete_details":{{{(status == "incomplete" ? "{\"reason\":\"max_output_tokens\"}" : "null")}}},
        "usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":0},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":30}}
        """.ReplaceLineEndings("");

    static IEnumerable<string> Words(string? text) => text?.Split(' ').Select((word, i) => i == 0 ? word : $" {word}") ?? [];

    static string MessageStart(string model) => Event("message_start", $$$"""
        "message":{"id":"msg_1","type":"message","role":"assistant","model":{{{Quote(model)}}},"stop_sequence":null,"content":[],"stop_reason":null,"usage":{"input_tokens":10,"output_tokens":1}}
        """);

    static string MessageEnd(string reason) => Event("message_delta", $$"""
        "delta":{"stop_reason":"{{reason}}","stop_sequence":null},"usage":{"output_tokens":20}
        """);

    internal static IEnumerable<string> ChatChunks(string model, string? reasoning, IEnumerable<string> pieces)
    {
        yield return ChatChunk("""{"role":"assistant","content":""}""", model: model);
        if (reasoning is not null)
            yield return ChatChunk($$"""{"reasoning_content":{{Quote(reasoning)}}}""", model: model);
        foreach (var piece in pieces)
            yield return ChatChunk($$"""{"content":{{Quote(piece)}}}""", model: model);
        yield return ChatChunk("{}", "stop", model);
        yield return ChatEnd();
    }

    internal static IEnumerable<string> Messages(string model, string? reasoning, IEnumerable<string> pieces)
    {
        yield return MessageStart(model);
        if (reasoning is not null)
        {
            yield return Event("content_block_start", """
                "index":0,"content_block":{"type":"thinking","thinking":"","signature":""}
                """);
            yield return Event("content_block_delta", $$"""
                "index":0,"delta":{"type":"thinking_delta","thinking":{{Quote(reasoning)}}}
                """);
            yield return Event("content_block_stop", "\"index\":0");
        }

        yield return Event("content_block_start", """
            "index":0,"content_block":{"type":"text","text":""}
            """);
        foreach (var piece in pieces)
            yield return EventText(piece);
        yield return Event("content_block_stop", "\"index\":0");
        yield return MessageEnd("end_turn");
        yield return Event("message_stop");
    }

    internal static string ChatCompletion(string model, string text) =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":{{Quote(model)}},"choices":[{"index":0,"message":{"role":"assistant","content":{{Quote(text)}}},"finish_reason":"stop"}],"usage":{{Usage}}}""";

    internal static string Message(string model, string text) =>
        $$$"""{"id":"msg_1","type":"message","role":"assistant","model":{{{Quote(model)}}},"stop_sequence":null,"content":[{"type":"text","text":{{{Quote(text)}}}}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":20}}""";

    internal static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
