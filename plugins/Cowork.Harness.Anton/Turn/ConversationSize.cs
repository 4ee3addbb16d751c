using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>How large a conversation is, for decisions that need no exact count.</summary>
static class ConversationSize
{
    /// <summary>Few for prose of most languages, many for code: estimates are rather too low, so that nothing is shortened without need.</summary>
    const int CharactersPerToken = 4;

    /// <summary>About what providers count for a picture, as characters.</summary>
    const int OfImage = 6_000;

    /// <summary>Tokens of a whole request, estimated; for servers that do not count them.</summary>
    public static long TokensOf(ModelRequest request) =>
        (request.System.Stable.Length + request.System.Tail.Length + request.Tools.Sum(tool => tool.Description.Length + (long)tool.Parameters.ToMemory().Length) + request.Messages.Sum(Of))
        / CharactersPerToken;

    /// <summary>Tokens of messages, estimated.</summary>
    public static long TokensOf(params IEnumerable<ModelMessage> messages) => messages.Sum(Of) / CharactersPerToken;

    /// <summary>Characters of a message.</summary>
    public static long Of(ModelMessage message) => message.Content.Sum(Of);

    static long Of(ModelContent content) => content switch
    {
        ModelContent.Text text => text.Value.Length,
        ModelContent.ToolCall call => call.Name.Length + call.Arguments.Length,
        ModelContent.ToolResult result => result.Value.Length + ((long)result.Images.Count * OfImage),
        ModelContent.ProviderPart part => part.Json.Length,
        ModelContent.Image => OfImage,
        _ => 0,
    };
}
