using System.Buffers;
using System.Text;
using System.Text.Json;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>What the payloads of all frames have in common.</summary>
static class FrameJson
{
    public const string DeltaType = "response.output_text.delta";

    /// <summary>Characters of a tool's arguments or result that clients see.</summary>
    public const int LongestContent = 65_536;

    public static void WriteHead(Utf8JsonWriter json, string type, long sequenceNumber, long atMs)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteNumber("sequence_number"u8, sequenceNumber);
        json.WriteNumber("at_ms"u8, atMs);
    }

    /// <summary>What a last frame says about a turn that did not succeed.</summary>
    public static void WriteFailure(Utf8JsonWriter json, TurnOutcome outcome)
    {
        json.WriteString("code"u8, outcome.ErrorCode);
        json.WriteString("error"u8, outcome.Error);
        json.WriteBoolean("retryable"u8, outcome.Retryable);
    }

    public static string DeltaPayload(long sequenceNumber, long atMs, string itemId, string delta)
    {
        var buffer = new ArrayBufferWriter<byte>(delta.Length + 256);
        using var json = new Utf8JsonWriter(buffer, AsciiJson.Options);
        WriteHead(json, DeltaType, sequenceNumber, atMs);
        json.WriteString("item_id"u8, itemId);
        json.WriteString("delta"u8, delta);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>As much of a tool's arguments or result as clients see.</summary>
    public static ReadOnlySpan<char> Cut(string content)
    {
        if (content.Length <= LongestContent)
            return content;
        var end = char.IsHighSurrogate(content[LongestContent - 1]) ? LongestContent - 1 : LongestContent;
        return content.AsSpan(0, end);
    }
}
