using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.Artifacts;

/// <summary>A turn that changed an artifact.</summary>
/// <param name="Title">The conversation's title.</param>
/// <param name="Index">Which answer of the conversation, from 0.</param>
/// <param name="Question">What the user had asked.</param>
sealed record TurnOrigin(Guid ConversationId, string? Title, int Index, string Question);

/// <summary>Writes <c>metadata.json</c>, and with it <c>README.md</c>. Fields that it does not know stay as they are.</summary>
static class ArtifactDocument
{
    public static readonly IReadOnlyList<string> Types = ["html-app", "document", "dataset", "image", "mixed", "fullstack-stateless-app", "fullstack-stateful-app"];

    const int LongestSummary = 240;
    const int MostTurns = 100;

    static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Create(NewArtifact artifact, string id, string slug, DateTimeOffset now) => new()
    {
        ["schemaVersion"] = 1,
        ["id"] = id,
        ["slug"] = slug,
        ["createdAt"] = Time(now),
        ["updatedAt"] = Time(now),
        ["name"] = artifact.Name.Trim(),
        ["description"] = artifact.Description,
        ["type"] = artifact.Type,
        ["primary"] = artifact.Primary,
        ["port"] = null,
        ["datasources"] = new JsonArray(),
        ["files"] = new JsonArray(),
        ["provenance"] = new JsonArray(),
    };

    /// <returns>Null when it cannot be read.</returns>
    public static JsonObject? Load(string folder)
    {
        // One reader decides what is usable.
        if (ArtifactMetadata.Read(folder) is null)
            return null;
        return JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, ArtifactLayout.Metadata))) as JsonObject;
    }

    /// <summary>Notes the files as they are now.</summary>
    public static void SetFiles(JsonObject document, IReadOnlyList<ArtifactContent> content) =>
        document["files"] = new JsonArray([.. content.Select(f => new JsonObject { ["path"] = f.Path, ["bytes"] = f.Size, ["modifiedAt"] = Time(f.ModifiedAt) })]);

    /// <summary>Notes that a turn changed it.</summary>
    public static void AddTurn(JsonObject document, TurnOrigin origin, IReadOnlyList<string> touched, DateTimeOffset now)
    {
        if (document["provenance"] is not JsonArray provenance)
            document["provenance"] = provenance = [];
        var id = origin.ConversationId.ToString();
        var entry = provenance.OfType<JsonObject>().FirstOrDefault(e => e["conversation"] is JsonValue v && v.TryGetValue(out string? c) && c == id);
        if (entry is null)
            provenance.Add(entry = new() { ["conversation"] = id });
        entry["title"] = origin.Title;
        if (entry["turns"] is not JsonArray turns)
            entry["turns"] = turns = [];
        turns.Add(new JsonObject
        {
            ["index"] = origin.Index,
            ["timestamp"] = Time(now),
            ["summary"] = Shorten(origin.Question),
            ["files_touched"] = new JsonArray([.. touched.Select(t => (JsonNode)t)]),
        });
        while (turns.Count > MostTurns)
            turns.RemoveAt(0);
    }

    /// <summary>Saves both files.</summary>
    public static void Save(string folder, JsonObject document, DateTimeOffset now)
    {
        document["updatedAt"] = Time(now);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
            document.WriteTo(json);
        AtomicFile.Write(Path.Combine(folder, ArtifactLayout.Metadata), buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        AtomicFile.Write(Path.Combine(folder, ArtifactLayout.Readme), System.Text.Encoding.UTF8.GetBytes(ArtifactReadme.Of(document)));
    }

    static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + "+00:00";

    static string Shorten(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        if (line.Length <= LongestSummary)
            return line;
        var end = LongestSummary - 1;
        return line[..(char.IsHighSurrogate(line[end - 1]) ? end - 1 : end)] + "…";
    }
}
