using System.Buffers;
using System.Text;
using System.Text.Json;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>The user's message of a request, checked, in the form in which it is stored.</summary>
/// <param name="Json">A JSON string, or an array of <c>{type, text, file_id}</c>.</param>
/// <param name="FileIds">The files that it names; not yet looked up.</param>
/// <param name="Text">Its text parts, joined by a space.</param>
sealed record ResponseInput(string Json, IReadOnlyList<string> FileIds, string Text)
{
    static readonly string[] Roles = ["system", "developer", "user", "assistant"];

    /// <summary>Whether there is anything to answer: text that is not blank, or a file.</summary>
    public bool IsEmpty => string.IsNullOrWhiteSpace(Text) && FileIds.Count == 0;

    /// <summary>Finds the last user message with content.</summary>
    /// <exception cref="ApiException">422: not a form that the API knows.</exception>
    public static ResponseInput Parse(JsonElement? input)
    {
        switch (input?.ValueKind)
        {
            case null or JsonValueKind.Null or JsonValueKind.Undefined:
                return OfText("");
            case JsonValueKind.String:
                return OfText(TextOf(input.Value));
            case JsonValueKind.Array:
                var messages = input.Value.EnumerateArray().Select((message, i) => ParseMessage(message, $"input[{i}]")).ToList();
                return messages.LastOrDefault(m => m is { IsEmpty: false }) ?? OfText("");
            default:
                throw ApiException.Invalid("input", "The input must be a text or a list of messages.");
        }
    }

    /// <returns>Null for messages that are not the user's.</returns>
    static ResponseInput? ParseMessage(JsonElement message, string field)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid(field, "A message must be an object with role and content.");
        var role = message.TryGetProperty("role", out var r) && r.ValueKind == JsonValueKind.String ? r.GetString()! : "";
        if (!Roles.Contains(role) && !role.StartsWith("thought", StringComparison.Ordinal))
            throw ApiException.Invalid($"{field}.role", "The role of a message must be system, user or assistant.");
        var content = message.TryGetProperty("content", out var c) ? c : default;
        var parsed = content.ValueKind switch
        {
            JsonValueKind.String => OfText(TextOf(content)),
            JsonValueKind.Array => OfParts([.. content.EnumerateArray().Select((part, i) => ParsePart(part, $"{field}.content[{i}]"))]),
            JsonValueKind.Object => OfParts([ParsePart(content, $"{field}.content")]),
            JsonValueKind.Null or JsonValueKind.Undefined => OfText(""),
            _ => throw ApiException.Invalid($"{field}.content", "The content of a message must be a text or a list of parts."),
        };
        return role == Message.User ? parsed : null;
    }

    static Part ParsePart(JsonElement part, string field)
    {
        var type = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : null;
        return type switch
        {
            "input_text" when part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String => new(type, TextOf(text), null),
            "input_file" when part.TryGetProperty("file_id", out var id) && id.ValueKind == JsonValueKind.String => new(type, null, id.GetString()),
            _ => throw ApiException.Invalid(field, "A part of a message is {type: input_text, text} or {type: input_file, file_id}."),
        };
    }

    /// <summary>The text; a lone surrogate can be neither stored nor sent on.</summary>
    static string TextOf(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid("input", "The text holds half of a surrogate pair. Send valid Unicode.");
        }
    }

    /// <summary>A plain text.</summary>
    public static ResponseInput OfText(string text) => new(AsciiJson.Quote(text), [], text);

    static ResponseInput OfParts(IReadOnlyList<Part> parts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AsciiJson.Options))
        {
            json.WriteStartArray();
            foreach (var part in parts)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, part.Type);
                json.WriteString("text"u8, part.Text);
                json.WriteString("file_id"u8, part.FileId);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return new(
            Encoding.UTF8.GetString(buffer.WrittenSpan),
            [.. parts.Select(p => p.FileId).OfType<string>()],
            string.Join(' ', parts.Select(p => p.Text).Where(t => !string.IsNullOrEmpty(t))));
    }

    sealed record Part(string Type, string? Text, string? FileId);
}
