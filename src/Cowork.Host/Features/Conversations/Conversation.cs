using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Conversations;

[Table("conversations")]
sealed class Conversation
{
    public Guid Id { get; init; }

    /// <summary>The title.</summary>
    public required string Topic { get; set; }
    public Guid ProjectId { get; set; }
    public DateTime CreatedAt { get; init; }

    /// <summary>Moves with every change and every message.</summary>
    public DateTime ModifiedAt { get; set; }

    /// <summary>The connections that its turns must not use: a JSON array of <c>{engine, name}</c>; null for none.</summary>
    public string? DisabledConnections { get; set; }

    /// <summary>Since when it is out of sight; null when it is not.</summary>
    public DateTime? ArchivedAt { get; set; }
}
