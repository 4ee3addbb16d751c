using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>How the blocks of an answer lie in the database.</summary>
static class TranscriptJson
{
    const string TextType = "text";
    const string CallType = "tool_call";
    const string ResultType = "tool_result";

    // Only this server reads it: other scripts need not cost six bytes a letter.
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static string Write(IReadOnlyList<ContentBlock> blocks)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            foreach (var block in blocks)
            {
                json.WriteStartObject();
                Write(json, block);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads stored blocks; whatever cannot be understood is left out.</summary>
    public static IReadOnlyList<ContentBlock> Read(string text)
    {
        using var json = JsonDocument.Parse(text);
        return json.RootElement.ValueKind == JsonValueKind.Array ? [.. json.RootElement.EnumerateArray().Select(Read).OfType<ContentBlock>()] : [];
    }

    static void Write(Utf8JsonWriter json, ContentBlock block)
    {
        switch (block)
        {
            case ContentBlock.TextBlock text:
                json.WriteString("type"u8, TextType);
                json.WriteString("text"u8, text.Text);
                break;
            case ContentBlock.ToolCallBlock call:
                json.WriteString("type"u8, CallType);
                json.WriteString("id"u8, call.ToolUseId);
                json.WriteString("name"u8, call.ToolName);
                json.WriteString("arguments"u8, call.ArgumentsJson);
                if (call.ProviderData is not null)
                    json.WriteString("provider_data"u8, call.ProviderData);
                break;
            case ContentBlock.ToolResultBlock result:
                json.WriteString("type"u8, ResultType);
                json.WriteString("id"u8, result.ToolUseId);
                json.WriteString("text"u8, result.Text);
                json.WriteBoolean("is_error"u8, result.IsError);
                break;
        }
    }

    static ContentBlock? Read(JsonElement block) => Text(block, "type") switch
    {
        TextType when Text(block, "text") is { } text => new ContentBlock.TextBlock(text),
        CallType when Text(block, "id") is { } id && Text(block, "name") is { } name && Text(block, "arguments") is { } arguments =>
            new ContentBlock.ToolCallBlock(id, name, arguments) { ProviderData = Text(block, "provider_data") },
        ResultType when Text(block, "id") is { } id && Text(block, "text") is { } text =>
            new ContentBlock.ToolResultBlock(id, text, block.TryGetProperty("is_error", out var error) && error.ValueKind == JsonValueKind.True),
        _ => null,
    };

    static string? Text(JsonElement block, string name) =>
        block.ValueKind == JsonValueKind.Object && block.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
