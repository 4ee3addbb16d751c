using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>One message of an imported file, encoded as the database keeps it.</summary>
/// <param name="Status">How the answer's turn ended; null for questions, and where the file does not say.</param>
sealed record ImportedItem(Message Message, IReadOnlyList<string> Events, string? Status, string? ErrorCode, string? Error)
{
    static readonly string[] Ends = [TurnStatus.Completed, TurnStatus.Failed, TurnStatus.Cancelled, TurnStatus.Interrupted];

    /// <exception cref="ApiException">422: something in it cannot be kept.</exception>
    public static void Check(DocumentItem item, string field)
    {
        if (item.Role is not (Message.User or Message.Assistant))
            throw ApiException.Invalid($"{field}.role", "The role of a message must be user or assistant.");
        if (item.Content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Null))
            throw ApiException.Invalid($"{field}.content", "The content of a message must be a text or a list of parts.");
        foreach (var (name, objects) in new[] { ("events", item.Events), ("transcript", item.Transcript) })
            if (objects?.Any(e => e.ValueKind != JsonValueKind.Object) == true)
                throw ApiException.Invalid($"{field}.{name}", "Each entry must be an object.");
        Stored(item.Content, $"{field}.content");
        foreach (var e in (item.Events ?? []).Concat(item.Transcript ?? []))
            Stored(e, field);
    }

    /// <param name="copyOf">The copy of a file that the original named.</param>
    public static ImportedItem Of(DocumentItem item, int position, Conversation conversation, Func<Guid, Guid?> copyOf)
    {
        var field = $"items[{position}]";
        var isAnswer = item.Role == Message.Assistant;
        var status = isAnswer && Ends.Contains(item.Status) ? item.Status : null;
        var message = new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversation.Id,
            Role = item.Role,
            Content = WithFiles(Stored(item.Content, $"{field}.content"), copyOf),
            Harness = isAnswer ? item.Harness : null,
            Transcript = isAnswer && item.Transcript is { Count: > 0 } blocks ? $"[{string.Join(',', blocks.Select(b => Stored(b, field)))}]" : null,
            TurnId = status is null ? null : Guid.CreateVersion7(),
            Position = position,
            CreatedAt = item.CreatedAt is { } at ? Encodings.Cut(at.UtcDateTime) : conversation.CreatedAt,
        };
        return new(message, [.. (item.Events ?? []).Select(e => Stored(e, field))], status, item.ErrorCode, item.Error);
    }

    /// <summary>Names the copies in place of the originals; what was not copied is named no more, for it belongs to another conversation.</summary>
    static string WithFiles(string content, Func<Guid, Guid?> copyOf)
    {
        if (!content.Contains("file_id", StringComparison.Ordinal) || JsonNode.Parse(content) is not JsonArray parts)
            return content;
        foreach (var part in parts.OfType<JsonObject>())
            if (part["file_id"] is JsonValue named)
                part["file_id"] = Guid.TryParse(named.ToString(), out var original) && copyOf(original) is { } copy ? copy.ToString() : null;
        return Stored(JsonSerializer.SerializeToElement(parts, TransferJson.Default.JsonArray), "content");
    }

    /// <summary>The JSON as this server writes it.</summary>
    static string Stored(JsonElement json, string field)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var writer = new Utf8JsonWriter(buffer, AsciiJson.Options);
            json.WriteTo(writer);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw ApiException.Invalid(field, "A text holds half of a surrogate pair. Send valid Unicode.");
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
