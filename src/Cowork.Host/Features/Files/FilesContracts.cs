using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Files;

/// <summary>An upload in the shape of OpenAI's Files API.</summary>
sealed record FileObject(Guid Id, string Object, long Bytes, long CreatedAt, string Filename, string Purpose, string Status)
{
    public static FileObject Of(StoredFile file) =>
        new(file.Id, "file", file.Size, new DateTimeOffset(file.CreatedAt).ToUnixTimeSeconds(), file.Filename, file.Purpose, "processed");
}

sealed record FileList(string Object, IReadOnlyList<FileObject> Data, Guid? FirstId, Guid? LastId, bool HasMore);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FileObject))]
[JsonSerializable(typeof(FileList))]
sealed partial class FilesJson : JsonSerializerContext;
