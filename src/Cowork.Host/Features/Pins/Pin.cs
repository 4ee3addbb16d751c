using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Pins;

/// <summary>Something that the user wants at hand; one per type and id. The thing itself need not exist.</summary>
[Table("pins")]
sealed class Pin
{
    public const string Conversation = "conversation";
    public const int MaxKey = 64;
    public const int MaxTitle = 255;

    public static readonly IReadOnlyList<string> Types = [Conversation, "project", "schedule"];

    public Guid Id { get; init; }
    public required string ItemType { get; init; }
    public required string ItemId { get; init; }
    public string? Title { get; set; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; set; }
}
