using System.Text.Json.Serialization;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>A file in a listing.</summary>
/// <param name="Path">Relative to the project, with <c>/</c>.</param>
/// <param name="Modified">Unix seconds; null while the file does not exist.</param>
/// <param name="Synthetic">True for the instructions while nobody has written them, else absent.</param>
sealed record FileEntry(
    string Path,
    string Name,
    long Size,
    double? Modified,
    bool IsDir = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Synthetic = null);

sealed record FileList(IReadOnlyList<FileEntry> Files, bool HasMore);

sealed record FileOf(FileEntry File);

sealed record FileText(string Path, string Content, long Size, double? Modified);

sealed record NewContent(string Content);

sealed record FileWritten(string Path, long Size, double Modified);

sealed record FileDeleted(string Status, string Path);

/// <summary>What became of one uploaded file.</summary>
sealed record UploadResult(string Name, bool Ok)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Size { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }
}

sealed record UploadResults(IReadOnlyList<UploadResult> Results);

/// <param name="Name">The project's.</param>
sealed record PreviewRequest(string Name, string Path);

/// <param name="Token">Stands for the page's folder.</param>
/// <param name="Entry">The page's name in it.</param>
/// <param name="RelUrl">Relative to the API's root.</param>
sealed record Preview(string Token, string Entry, [property: JsonPropertyName("relUrl")] string RelUrl);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(FileOf))]
[JsonSerializable(typeof(FileText))]
[JsonSerializable(typeof(NewContent))]
[JsonSerializable(typeof(FileWritten))]
[JsonSerializable(typeof(FileDeleted))]
[JsonSerializable(typeof(UploadResults))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(Preview))]
sealed partial class ProjectFilesJson : JsonSerializerContext;
