using System.Text.Json;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.Artifacts;

/// <summary>What can be read of an artifact's <c>metadata.json</c>. Only these fields are looked at: the others may be megabytes.</summary>
sealed record ArtifactMetadata
{
    public const string FallbackType = "mixed";
    public const int Largest = 8 * 1024 * 1024;

    public required string Id { get; init; }
    public required string Title { get; init; }
    public string Description { get; init; } = "";
    public string Type { get; init; } = FallbackType;

    /// <summary>The file to open first; empty for none.</summary>
    public string Primary { get; init; } = "";
    public int? Port { get; init; }

    /// <param name="folder">The artifact's folder.</param>
    /// <returns>Null when the file is missing or no JSON object; a field of a wrong type counts as absent.</returns>
    public static ArtifactMetadata? Read(string folder)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, ArtifactLayout.Metadata));
            return file is { Exists: true, Length: <= Largest, LinkTarget: null } && RegularFile.Is(file.FullName, file.Length)
                ? Parse(File.ReadAllBytes(file.FullName), Path.GetFileName(folder))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static ArtifactMetadata? Parse(ReadOnlySpan<byte> json, string slug)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        var found = new ArtifactMetadata { Id = slug, Title = slug };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
                found = found.With(name, reader.GetString()!);
            else if (name == "port" && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var port))
                found = found with { Port = port };
            reader.Skip();
        }

        // Whatever follows the object makes it no JSON.
        return reader.Read() ? null : found;
    }

    ArtifactMetadata With(string? name, string value) => (name, value) switch
    {
        (_, "") => this,
        ("id", _) => this with { Id = value },
        ("name", _) => this with { Title = value },
        ("description", _) => this with { Description = value },
        ("type", _) => this with { Type = value },
        ("primary", _) => this with { Primary = value },
        _ => this,
    };
}
