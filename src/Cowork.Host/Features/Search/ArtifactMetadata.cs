using System.Text.Json;

namespace Cowork.Host.Features.Search;

/// <summary>What can be searched of an artifact: its <c>metadata.json</c>.</summary>
sealed record ArtifactMetadata(string Id, string Title, string Description, string Type, string Primary)
{
    public const string FileName = "metadata.json";
    const int Largest = 8 * 1024 * 1024;

    public static string Folder(string projectPath) => Path.Combine(projectPath, ".anton", "artifacts");

    /// <returns>Null when the file is missing or no JSON object; a field of a wrong type counts as absent.</returns>
    public static ArtifactMetadata? Read(string folder)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, FileName));
            if (!file.Exists || file.Length > Largest || file.LinkTarget is not null)
                return null;
            using var json = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            string Field(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            var slug = Path.GetFileName(folder);
            return new(Or(Field("id"), slug), Or(Field("name"), slug), Field("description"), Or(Field("type"), "mixed"), Field("primary"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static string Or(string text, string fallback) => text.Length == 0 ? fallback : text;
}
