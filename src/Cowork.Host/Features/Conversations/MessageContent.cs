using System.Text.Json;

namespace Cowork.Host.Features.Conversations;

/// <summary>One part of a message: text, or a file.</summary>
sealed record MessagePart(string? Text, Guid? FileId);

/// <summary>A message's content as the database keeps it: a JSON string, or an array of <c>{type, text, file_id}</c>.</summary>
sealed record MessageContent(IReadOnlyList<MessagePart> Parts)
{
    /// <summary>The text parts, joined by a separator.</summary>
    public string Text(string separator) => string.Join(separator, Parts.Select(p => p.Text).Where(t => !string.IsNullOrEmpty(t)));

    /// <summary>Reads stored content; parts that cannot be understood are left out, and what is no JSON at all is a text.</summary>
    public static MessageContent Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(document);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Somebody else's row, or one half of a surrogate pair in it.
            return new([new(json, null)]);
        }
    }

    static MessageContent Parse(JsonDocument document) =>
        document.RootElement.ValueKind switch
        {
            JsonValueKind.String => new([new(document.RootElement.GetString(), null)]),
            JsonValueKind.Array => new([.. document.RootElement.EnumerateArray().Select(ParsePart).OfType<MessagePart>()]),
            JsonValueKind.Object => new(ParsePart(document.RootElement) is { } part ? [part] : []),
            _ => new([]),
        };

    static MessagePart? ParsePart(JsonElement part)
    {
        if (part.ValueKind == JsonValueKind.String)
            return new(part.GetString(), null);
        if (part.ValueKind != JsonValueKind.Object)
            return null;
        var text = part.TryGetProperty("text", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : null;
        Guid? file = part.TryGetProperty("file_id", out var f) && f.ValueKind == JsonValueKind.String && Guid.TryParse(f.GetString(), out var id) ? id : null;
        return new(text, file);
    }
}
