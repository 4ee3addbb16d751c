using System.Security.Cryptography;
using System.Text;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>
/// A place in a conversation. It is found again when the conversation is loaded for a later turn, although its messages are cut and put
/// together differently then: what the user said and the ids of calls stay the same, and the answers follow from them.
/// </summary>
/// <param name="Words">Digest of all that the user has said up to there.</param>
/// <param name="Call">The last call that was answered since; <c>null</c> for none.</param>
sealed record ConversationMark(string Words, string? Call)
{
    public static readonly ConversationMark Start = new("", null);

    /// <summary>The place behind a message that stands at this place.</summary>
    public ConversationMark After(ModelMessage message)
    {
        if (message.StandsFor is { } place)
            return place;
        if (message.Role == MessageRole.Assistant || message.IsNote)
            return this;
        return message.Content.OfType<ModelContent.ToolResult>().LastOrDefault() is { } result
            ? this with { Call = result.CallId }
            : new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Words}\n{message.JoinedText}"))), null);
    }
}
