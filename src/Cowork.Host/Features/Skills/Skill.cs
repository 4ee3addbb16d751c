using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Skills;

/// <summary>A procedure that a user wrote down for the agent.</summary>
[Table("skills")]
sealed class Skill
{
    public const int MaxLabel = 80;
    public const int MaxName = 255;

    public Guid Id { get; init; }

    /// <summary>Unique; what the agent calls it by.</summary>
    public required string Label { get; set; }

    /// <summary>Unique; for people.</summary>
    public required string Name { get; set; }
    public string? Description { get; set; }
    public string? WhenToUse { get; set; }
    public required string Instructions { get; set; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; set; }
}
