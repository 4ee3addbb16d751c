using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Features.Artifacts;

/// <summary>What a person reads who finds an artifact's folder; made anew with every change of the metadata.</summary>
static class ArtifactReadme
{
    public static string Of(JsonObject artifact)
    {
        var files = Objects(artifact["files"]);
        var text = new StringBuilder();
        Line(text, $"# {Text(artifact, "name")}");
        Line(text, "");
        Line(text, $"*{Text(artifact, "type")} · {files.Count} {(files.Count == 1 ? "file" : "files")} · updated {Text(artifact, "updatedAt")}*");
        Line(text, "");
        if (Text(artifact, "description") is { Length: > 0 } description)
            Line(text, description);
        Section(text, "Files", files, file => $"- `{Text(file, "path")}` ({Kilobytes(file)} KB)");
        Section(text, "Data sources", Objects(artifact["datasources"]), source =>
        {
            var slug = $"{Text(source, "engine")}-{Text(source, "name")}";
            return $"- `{slug}` ({Text(source, "engine")}, `DS_{string.Concat(slug.ToUpperInvariant().Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : '_'))}__`)";
        });
        AddProvenance(text, Objects(artifact["provenance"]));
        return text.ToString();
    }

    static void AddProvenance(StringBuilder text, IReadOnlyList<JsonObject> conversations)
    {
        if (conversations.Count == 0)
            return;
        Line(text, "");
        Line(text, "## Provenance");
        foreach (var conversation in conversations)
        {
            Line(text, "");
            Line(text, $"### {(Text(conversation, "title") is { Length: > 0 } title ? title : Text(conversation, "conversation"))}");
            Line(text, "");
            foreach (var turn in Objects(conversation["turns"]))
                Line(text, $"- {Text(turn, "timestamp")}: {Text(turn, "summary")}");
        }
    }

    static void Section(StringBuilder text, string title, IReadOnlyList<JsonObject> entries, Func<JsonObject, string> describe)
    {
        if (entries.Count == 0)
            return;
        Line(text, "");
        Line(text, $"## {title}");
        Line(text, "");
        foreach (var entry in entries)
            Line(text, describe(entry));
    }

    static string Kilobytes(JsonObject file)
    {
        var bytes = file["bytes"] is JsonValue value && value.TryGetValue(out long known) ? known : 0;
        return Math.Max(1, (bytes + 512) / 1024).ToString(CultureInfo.InvariantCulture);
    }

    static IReadOnlyList<JsonObject> Objects(JsonNode? node) => node is JsonArray array ? [.. array.OfType<JsonObject>()] : [];

    /// <summary>One line; a name with line breaks must not make headings of its own.</summary>
    static string Text(JsonObject node, string name) =>
        node[name] is JsonValue value && value.TryGetValue(out string? text) ? (name == "description" ? text.Trim() : text.ReplaceLineEndings(" ").Trim()) : "";

    static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
