using Cowork.Abstractions;
using OpenAI.Chat;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Messages in the shape of Chat Completions.</summary>
static class OpenAiMessages
{
    public static List<ChatMessage> From(ModelRequest request)
    {
        var messages = new List<ChatMessage>(request.Messages.Count + 1) { new SystemChatMessage(request.System.ToString()) };
        foreach (var message in request.Messages)
        {
            if (message.Role == MessageRole.Assistant)
                messages.Add(OfAssistant(message));
            else
                AddUser(messages, message);
        }

        return messages;
    }

    static AssistantChatMessage OfAssistant(ModelMessage message)
    {
        var text = message.JoinedText;
        List<ChatToolCall> calls = [.. message.Content.OfType<ModelContent.ToolCall>().Select(Call)];
        if (calls.Count == 0)
            return new(text);
        var assistant = new AssistantChatMessage(calls);
        if (text.Length > 0)
            assistant.Content.Add(ChatMessageContentPart.CreateTextPart(text));
        return assistant;
    }

    static ChatToolCall Call(ModelContent.ToolCall call)
    {
        // What the model wrote may not be JSON at all, and servers refuse it then.
        var result = ChatToolCall.CreateFunctionToolCall(call.Id, call.Name, BinaryData.FromString(CallArguments.AsObject(call.Arguments)));
        if (call.ProviderData is { } data)
            result.Patch.Set("$.extra_content"u8, BinaryData.FromString(data));
        return result;
    }

    static void AddUser(List<ChatMessage> messages, ModelMessage message)
    {
        List<ModelContent> rest = [];
        foreach (var part in message.Content)
        {
            if (part is ModelContent.ToolResult result)
            {
                messages.Add(new ToolChatMessage(result.CallId, result.Value));
                // A tool's message carries text only; its pictures come after all results, or the next call would be refused.
                rest.AddRange(result.Images);
            }
            else
            {
                rest.Add(part);
            }
        }

        if (rest.Count == 0)
            return;
        // Many local servers understand plain strings only, so parts are used where an image needs them and nowhere else.
        messages.Add(rest.TrueForAll(part => part is ModelContent.Text)
            ? new UserChatMessage(new ModelMessage(message.Role, rest).JoinedText)
            : new UserChatMessage(rest.Select(Part)));
    }

    static ChatMessageContentPart Part(ModelContent content) => content switch
    {
        ModelContent.Image image => ChatMessageContentPart.CreateImagePart(image.Bytes, image.File.ContentType),
        ModelContent.Text text => ChatMessageContentPart.CreateTextPart(text.Value),
        _ => throw new InvalidOperationException($"Unknown content {content.GetType().Name}."),
    };
}
