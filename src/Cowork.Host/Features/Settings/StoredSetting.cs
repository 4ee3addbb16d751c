using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Settings;

/// <summary>A value that somebody set. Secrets are Fernet tokens; booleans the words True and False.</summary>
[Table("settings")]
sealed class StoredSetting
{
    public Guid Id { get; init; }
    public required string Key { get; init; }
    public required string Value { get; set; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; set; }
}
