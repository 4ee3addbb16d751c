using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Files;

/// <summary>An uploaded file; its bytes lie at <c>{files root}/{id}/{filename}</c>.</summary>
[Table("files")]
sealed class StoredFile
{
    public Guid Id { get; init; }
    public required string Filename { get; init; }
    public required string ContentType { get; init; }
    public long Size { get; init; }

    /// <summary>What it is for; <c>attachment:{project}:{conversation}</c> for files given to a conversation.</summary>
    public required string Purpose { get; set; }

    /// <summary>Absolute.</summary>
    public required string Path { get; init; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; set; }
}
