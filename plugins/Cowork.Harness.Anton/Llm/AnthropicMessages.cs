using System.Text.Json;
using Anthropic.Models.Messages;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Messages and tools in the shape of the Messages API: roles alternate, the user speaks first.</summary>
static class AnthropicMessages
{
    const long MostSearches = 8;

    public static List<TextBlockParam> System(SystemPrompt prompt)
    {
        var blocks = new List<TextBlockParam> { new() { Text = prompt.Stable, CacheControl = new() } };
        if (prompt.Tail.Length > 0)
            blocks.Add(new() { Text = prompt.Tail });
        return blocks;
    }

    /// <summary>The tools; the last one is marked, so that all of them are read from the provider's cache.</summary>
    public static List<ToolUnion> Tools(ModelRequest request)
    {
        var tools = new List<ToolUnion>(request.Tools.Count + 1);
        for (var i = 0; i < request.Tools.Count; i++)
        {
            var spec = request.Tools[i];
            var schema = InputSchema.FromRawUnchecked(Members(spec.Parameters.ToString()));
            var tool = new Tool { Name = spec.Name, Description = spec.Description, InputSchema = schema };
            tools.Add(i < request.Tools.Count - 1 ? tool : tool with { CacheControl = new() });
        }

        if (request.NativeWebSearch)
            tools.Add(new WebSearchTool20250305 { MaxUses = MostSearches });
        return tools;
    }

    public static List<MessageParam> From(IReadOnlyList<ModelMessage> messages)
    {
        var merged = Merged(messages);
        var result = new List<MessageParam>(merged.Count);
        for (var i = 0; i < merged.Count; i++)
            // The next call sends everything up to here again: marked, it is read from the cache. Two marks, because the last message may grow.
            result.Add(Message(merged[i].Role, merged[i].Parts, isMarked: i >= merged.Count - 2));
        return result;
    }

    static List<(MessageRole Role, List<ModelContent> Parts)> Merged(IReadOnlyList<ModelMessage> messages)
    {
        var merged = new List<(MessageRole Role, List<ModelContent> Parts)>();
        if (messages is [{ Role: MessageRole.Assistant }, ..])
            merged.Add((MessageRole.User, [new ModelContent.Text("(The beginning of the conversation is not shown.)")]));
        foreach (var message in messages)
        {
            // An earlier turn that failed leaves two user messages in a row, which this API refuses.
            if (merged.Count > 0 && merged[^1].Role == message.Role)
                merged[^1].Parts.AddRange(message.Content);
            else
                merged.Add((message.Role, [.. message.Content]));
        }

        return merged;
    }

    static MessageParam Message(MessageRole role, List<ModelContent> parts, bool isMarked)
    {
        var blocks = new List<ContentBlockParam>(parts.Count);
        for (var i = 0; i < parts.Count; i++)
            blocks.Add(Block(parts[i], isMarked && i == parts.Count - 1 ? new CacheControlEphemeral() : null));
        return role == MessageRole.User
            ? new UserMessageParam { Content = blocks }
            : new AssistantMessageParam { Content = blocks };
    }

    static ContentBlockParam Block(ModelContent content, CacheControlEphemeral? cache) => content switch
    {
        ModelContent.Text text => cache is null ? new TextBlockParam { Text = text.Value } : new TextBlockParam { Text = text.Value, CacheControl = cache },
        ModelContent.Image image => Picture(image),
        ModelContent.ToolCall call => Call(call, cache),
        ModelContent.ToolResult result => Result(result, cache),
        ModelContent.ProviderPart part => new ContentBlockParam(JsonElement.Parse(part.Json)),
        _ => throw new InvalidOperationException($"Unknown content {content.GetType().Name}."),
    };

    static ToolUseBlockParam Call(ModelContent.ToolCall call, CacheControlEphemeral? cache)
    {
        var block = new ToolUseBlockParam { ID = call.Id, Name = call.Name, Input = Members(CallArguments.AsObject(call.Arguments)) };
        return cache is null ? block : block with { CacheControl = cache };
    }

    static ToolResultBlockParam Result(ModelContent.ToolResult result, CacheControlEphemeral? cache)
    {
        var text = result.Value.Length > 0 ? result.Value : "(nothing)";
        var block = new ToolResultBlockParam
        {
            ToolUseID = result.CallId,
            IsError = result.IsError,
            Content = result.Images.Count == 0 ? text : new List<Block>([new TextBlockParam { Text = text }, .. result.Images.Select(image => (Block)Picture(image))]),
        };
        return cache is null ? block : block with { CacheControl = cache };
    }

    static ImageBlockParam Picture(ModelContent.Image image) => new()
    {
        Source = new Base64ImageSource { MediaType = image.File.ContentType, Data = Convert.ToBase64String(image.Bytes.ToMemory().Span) },
    };

    static Dictionary<string, JsonElement> Members(string json) =>
        JsonElement.Parse(json).EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
}
