using Anthropic.Models.Messages;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Messages in the shape of the Messages API: roles alternate, the user speaks first.</summary>
static class AnthropicMessages
{
    public static List<TextBlockParam> System(SystemPrompt prompt)
    {
        var blocks = new List<TextBlockParam> { new() { Text = prompt.Stable, CacheControl = new() } };
        if (prompt.Tail.Length > 0)
            blocks.Add(new() { Text = prompt.Tail });
        return blocks;
    }

    public static List<MessageParam> From(IReadOnlyList<ModelMessage> messages)
    {
        var result = new List<MessageParam>();
        var parts = new List<ModelContent>();
        MessageRole? role = null;

        if (messages is [{ Role: MessageRole.Assistant }, ..])
            (role, parts) = (MessageRole.User, [new ModelContent.Text("(The beginning of the conversation is not shown.)")]);
        foreach (var message in messages)
        {
            // An earlier turn that failed leaves two user messages in a row, which this API refuses.
            if (role is { } previous && previous != message.Role)
            {
                result.Add(Message(previous, parts, isLast: false));
                parts = [];
            }

            role = message.Role;
            parts.AddRange(message.Content);
        }

        if (role is { } last)
            result.Add(Message(last, parts, isLast: true));
        return result;
    }

    static MessageParam Message(MessageRole role, List<ModelContent> parts, bool isLast)
    {
        // The next turn sends everything up to here again: marked, it is read from the provider's cache.
        var cache = isLast ? new CacheControlEphemeral() : null;
        List<ContentBlockParam> blocks = [.. parts.Select((part, index) => Block(part, index == parts.Count - 1 ? cache : null))];
        return role == MessageRole.User
            ? new UserMessageParam { Content = blocks }
            : new AssistantMessageParam { Content = blocks };
    }

    static ContentBlockParam Block(ModelContent content, CacheControlEphemeral? cache) => content switch
    {
        ModelContent.Text text => cache is null ? new TextBlockParam { Text = text.Value } : new TextBlockParam { Text = text.Value, CacheControl = cache },
        ModelContent.Image image => new ImageBlockParam
        {
            Source = new Base64ImageSource { MediaType = image.File.ContentType, Data = Convert.ToBase64String(image.Bytes.ToMemory().Span) },
        },
        _ => throw new InvalidOperationException($"Unknown content {content.GetType().Name}."),
    };
}
