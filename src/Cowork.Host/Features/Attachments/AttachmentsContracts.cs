using System.Text.Json.Serialization;
using Cowork.Host.Features.Files;

namespace Cowork.Host.Features.Attachments;

/// <summary>An upload as the side rail draws it.</summary>
sealed record Attachment(Guid Id, string Name, string Mime, long Size, DateTime CreatedAt, string Purpose)
{
    /// <summary>Uploads never change.</summary>
    public DateTime UpdatedAt => CreatedAt;

    public static Attachment Of(StoredFile file) => new(file.Id, file.Filename, file.ContentType, file.Size, file.CreatedAt, file.Purpose);
}

sealed record AttachmentDeleted(bool Ok);

/// <param name="ProjectPath">Relative to the project's folder.</param>
sealed record AttachmentMoved(bool Ok, string ProjectPath, string AbsolutePath, string ContentType);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<Attachment>))]
[JsonSerializable(typeof(AttachmentDeleted))]
[JsonSerializable(typeof(AttachmentMoved))]
sealed partial class AttachmentsJson : JsonSerializerContext;
