using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Conversations;

[Table("messages")]
sealed class Message
{
    public const string User = "user";
    public const string Assistant = "assistant";

    public Guid Id { get; init; }
    public Guid ConversationId { get; init; }
    public required string Role { get; init; }

    /// <summary>JSON: a string, or an array of <c>{type, text, file_id}</c>.</summary>
    public string? Content { get; init; }
    public string? Harness { get; init; }

    /// <summary>Place in the conversation, rising from 0. Null in rows that the reference wrote since the last start.</summary>
    public long? Position { get; init; }

    /// <summary>The turn that this answer came from; null for rows of the reference and for user messages.</summary>
    public Guid? TurnId { get; init; }

    /// <summary>Text, tool calls and tool results of an answer as JSON, for the agent's later turns; null for one without tools.</summary>
    public string? Transcript { get; init; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; init; }
}
