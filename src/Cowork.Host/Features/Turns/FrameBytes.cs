using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>Frames as they go over the wire: <c>event</c>, <c>id</c> and <c>data</c> lines around a payload. The only place that writes them.</summary>
static class FrameBytes
{
    public const string Completed = "response.completed";
    public const string Failed = "response.failed";

    /// <summary><c>event</c> first, as the reference's records begin with it; <c>id</c> is what <c>Last-Event-ID</c> brings back.</summary>
    /// <param name="frame">Emptied first.</param>
    public static void Write(ArrayBufferWriter<byte> frame, string type, int seq, ReadOnlySpan<byte> payload)
    {
        frame.ResetWrittenCount();
        frame.Write("event: "u8);
        Encoding.ASCII.GetBytes(type, frame);
        frame.Write("\nid: "u8);
        Utf8Formatter.TryFormat(seq, frame.GetSpan(11), out var written);
        frame.Advance(written);
        frame.Write("\ndata: "u8);
        frame.Write(payload);
        frame.Write("\n\n"u8);
    }

    /// <summary>The type of a turn's last frame.</summary>
    public static string EndType(string status) => status == TurnStatus.Completed ? Completed : Failed;

    /// <summary>The last frame of a turn from its stored payload.</summary>
    public static byte[] End(string status, int seq, string payload)
    {
        var frame = new ArrayBufferWriter<byte>();
        Write(frame, EndType(status), seq, Encoding.UTF8.GetBytes(payload));
        return frame.WrittenSpan.ToArray();
    }

    /// <summary>The last frame of a stream that has no writer to write it: its turn never began, or its log was cut off.</summary>
    public static byte[] FailedEnd(int seq, long atMs, TurnOutcome outcome)
    {
        var payload = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(payload, AsciiJson.Options))
        {
            FrameJson.WriteHead(json, Failed, seq + 1, atMs);
            FrameJson.WriteFailure(json, outcome);
            json.WriteEndObject();
        }

        var frame = new ArrayBufferWriter<byte>();
        Write(frame, Failed, seq, payload.WrittenSpan);
        return frame.WrittenSpan.ToArray();
    }

    /// <summary>Whether nothing comes after a frame.</summary>
    public static bool IsTerminal(ReadOnlySpan<byte> frame) =>
        frame.StartsWith("event: response.completed\n"u8) || frame.StartsWith("event: response.failed\n"u8);

    /// <summary>The payload of a frame; empty when it has none.</summary>
    public static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> frame)
    {
        var start = frame.IndexOf("\ndata: "u8);
        if (start < 0)
            return [];
        var payload = frame[(start + "\ndata: "u8.Length)..];
        return payload[..Math.Max(payload.IndexOf((byte)'\n'), 0)];
    }
}
