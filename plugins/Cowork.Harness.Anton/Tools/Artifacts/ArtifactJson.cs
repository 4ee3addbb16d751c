using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools.Artifacts;

/// <summary>Answers of the tools for artifacts, in the words that models know from Anton.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CreatedArtifact))]
[JsonSerializable(typeof(IReadOnlyList<ListedArtifact>))]
[JsonSerializable(typeof(OpenedArtifact))]
[JsonSerializable(typeof(UpdatedArtifact))]
sealed partial class ArtifactJson : JsonSerializerContext;

static class ArtifactAnswer
{
    /// <summary>Names in any script stay readable; nothing of this ends up in a web page unencoded.</summary>
    public static ArtifactJson Json { get; } = new(new JsonSerializerOptions(ArtifactJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The folder as the file tools name it.</summary>
    public static string PathOf(ArtifactInfo artifact) => $".anton/artifacts/{artifact.Slug}";
}

sealed record CreatedArtifact(string Id, string Slug, string Name, string Type, string? Primary, string Path);

sealed record ListedArtifact(string Slug, string Name, string Type, string Description, int FileCount, [property: JsonPropertyName("updatedAt")] string UpdatedAt);

sealed record OpenedArtifact(string Id, string Slug, string Name, string Type, string Description, string? Primary, string Path, IReadOnlyList<OpenedFile> Files);

sealed record OpenedFile(string Path, long Bytes);

sealed record UpdatedArtifact(string Slug, string? Primary, int? Port, string Description);
