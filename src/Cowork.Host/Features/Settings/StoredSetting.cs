using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Cowork.Host.Features.Settings;

/// <summary>A value that somebody set. Secrets are Fernet tokens; booleans the words True and False.</summary>
sealed class StoredSetting : IEntityTypeConfiguration<StoredSetting>
{
    public Guid Id { get; init; }
    public required string Key { get; init; }
    public required string Value { get; set; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; set; }

    public void Configure(EntityTypeBuilder<StoredSetting> builder) => builder.ToTable("settings");
}
