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
            // Many local servers understand plain strings only, so parts are used where an image needs them and nowhere else.
            if (message.Role == MessageRole.Assistant)
                messages.Add(new AssistantChatMessage(message.JoinedText));
            else if (message.IsText)
                messages.Add(new UserChatMessage(message.JoinedText));
            else
                messages.Add(new UserChatMessage(message.Content.Select(Part)));
        }

        return messages;
    }

    static ChatMessageContentPart Part(ModelContent content) => content switch
    {
        ModelContent.Image image => ChatMessageContentPart.CreateImagePart(image.Bytes, image.File.ContentType),
        ModelContent.Text text => ChatMessageContentPart.CreateTextPart(text.Value),
        _ => throw new InvalidOperationException($"Unknown content {content.GetType().Name}."),
    };
}
