using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Cowork.Host.Features.Conversations;

sealed class Conversation : IEntityTypeConfiguration<Conversation>
{
    public const int MaxTitle = 255;

    public Guid Id { get; init; }

    /// <summary>The title.</summary>
    public required string Topic { get; set; }
    public Guid ProjectId { get; set; }
    public DateTime CreatedAt { get; init; }

    /// <summary>Moves with every change and every message.</summary>
    public DateTime ModifiedAt { get; set; }

    public void Configure(EntityTypeBuilder<Conversation> builder) => builder.ToTable("conversations");
}
