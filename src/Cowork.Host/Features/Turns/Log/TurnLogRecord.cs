using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>One line of a log file, in the reference's format: a JSON object.</summary>
/// <param name="Seq">Its number in the log, from 0.</param>
/// <param name="Frame">The frame, or null for a terminal record or a record without one.</param>
/// <param name="End">The terminal record, or null.</param>
sealed record TurnLogRecord(int Seq, byte[]? Frame, TurnLogEnd? End)
{
    static readonly SearchValues<byte> NeedEscape = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>Writes a frame's record.</summary>
    /// <param name="timestamp">ISO 8601 with an offset.</param>
    public static void WriteFrame(IBufferWriter<byte> output, int seq, ReadOnlySpan<byte> timestamp, ReadOnlySpan<byte> frame)
    {
        WriteStart(output, seq, timestamp);
        output.Write("\"sse\", \"data\": {\"sse\": \""u8);
        WriteEscaped(output, frame);
        output.Write("\"}}\n"u8);
    }

    public static void WriteEnd(IBufferWriter<byte> output, int seq, ReadOnlySpan<byte> timestamp, TurnLogEnd end)
    {
        WriteStart(output, seq, timestamp);
        output.Write(Encoding.ASCII.GetBytes($"\"{end.Type}\", \"data\": {{\"reason\": \"{end.Reason}\"}}}}\n"));
    }

    public static byte[] Timestamp(DateTimeOffset now) =>
        Encoding.ASCII.GetBytes(now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture) + "+00:00");

    /// <summary>Reads one line; null for one that is no record, for example because a crash cut it off.</summary>
    public static TurnLogRecord? Read(ReadOnlySpan<byte> line)
    {
        byte[]? frame = null;
        string? type = null, reason = null;
        var seq = 0;
        try
        {
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName)
                    continue;
                if (json.CurrentDepth == 1 && json.ValueTextEquals("type"u8))
                    type = json.Read() && json.TokenType == JsonTokenType.String ? json.GetString() : null;
                else if (json.CurrentDepth == 1 && json.ValueTextEquals("seq"u8))
                    _ = json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out seq);
                else if (json.CurrentDepth == 2 && json.ValueTextEquals("reason"u8))
                    reason = json.Read() && json.TokenType == JsonTokenType.String ? json.GetString() : null;
                else if (json.CurrentDepth == 2 && json.ValueTextEquals("sse"u8) && json.Read() && json.TokenType == JsonTokenType.String)
                    frame = Unescape(ref json);
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return type is null ? null : new(seq, frame, type == "sse" ? null : new(type, reason ?? ""));
    }

    static byte[] Unescape(ref Utf8JsonReader json)
    {
        var buffer = new byte[json.ValueSpan.Length];
        return buffer[..json.CopyString(buffer)];
    }

    static void WriteStart(IBufferWriter<byte> output, int seq, ReadOnlySpan<byte> timestamp)
    {
        output.Write("{\"seq\": "u8);
        var digits = output.GetSpan(11);
        Utf8Formatter.TryFormat(seq, digits, out var written);
        output.Advance(written);
        output.Write(", \"ts\": \""u8);
        output.Write(timestamp);
        output.Write("\", \"type\": "u8);
    }

    /// <summary>Frames are ASCII (<see cref="AsciiJson"/>), so only quotes, backslashes and control characters need care.</summary>
    static void WriteEscaped(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(NeedEscape);
            if (plain < 0)
                plain = text.Length;
            output.Write(text[..plain]);
            if (plain == text.Length)
                return;
            switch (text[plain])
            {
                case (byte)'\n':
                    output.Write("\\n"u8);
                    break;
                case (byte)'"':
                    output.Write("\\\""u8);
                    break;
                case (byte)'\\':
                    output.Write("\\\\"u8);
                    break;
                case var control:
                    output.Write(Encoding.ASCII.GetBytes($"\\u{control:x4}"));
                    break;
            }

            text = text[(plain + 1)..];
        }
    }
}
