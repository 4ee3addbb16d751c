using System.Buffers;
using System.Text;
using System.Text.Json;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What is kept of a turn: the answer's text and its events as they go into <c>message_events</c>, neighbouring text deltas
/// merged into one. Fed while the turn runs, or from a log file after a crash; both give the same rows.
/// </summary>
sealed class TurnEvents
{
    readonly List<string> _stored = [];
    readonly StringBuilder _answer = new();
    readonly StringBuilder _run = new();
    TurnTranscript? _transcript;
    (long SequenceNumber, long AtMs, string ItemId) _runStart;

    /// <summary>The answer so far.</summary>
    public string Answer => _answer.ToString();

    /// <summary>The same for later turns, with tool calls and results.</summary>
    public TurnTranscript Transcript => _transcript ??= new(_answer);

    /// <summary>A piece of the answer.</summary>
    public void AddDelta(long sequenceNumber, long atMs, string itemId, string delta)
    {
        if (_run.Length == 0)
            _runStart = (sequenceNumber, atMs, itemId);
        _run.Append(delta);
        _answer.Append(delta);
    }

    /// <summary>Any other event, as the payload of its frame.</summary>
    public void Add(string payload)
    {
        EndRun();
        _stored.Add(payload);
    }

    /// <summary>The events as JSON objects, in order.</summary>
    public IReadOnlyList<string> ToList()
    {
        EndRun();
        return _stored;
    }

    /// <summary>Reads the payload of a frame that a log file kept.</summary>
    public void AddFrame(ReadOnlySpan<byte> frame)
    {
        using var json = TryParse(FrameBytes.Payload(frame));
        if (json?.RootElement is not { ValueKind: JsonValueKind.Object } body || !body.TryGetProperty("type", out var type))
            return;
        if (type.ValueEquals(FrameJson.DeltaType) && body.TryGetProperty("delta", out var delta))
            AddDelta(body.GetProperty("sequence_number").GetInt64(), body.GetProperty("at_ms").GetInt64(), body.GetProperty("item_id").GetString() ?? "", delta.GetString() ?? "");
        else
        {
            Transcript.AddFrame(body);
            Add(WithoutRoute(body));
        }
    }

    /// <summary>Stored events do not repeat which conversation and agent they belong to; their rows know.</summary>
    static string WithoutRoute(JsonElement body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, AsciiJson.Options))
        {
            writer.WriteStartObject();
            foreach (var property in body.EnumerateObject())
                if (property.Name is not ("conversation_id" or "harness"))
                    property.WriteTo(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static JsonDocument? TryParse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonDocument.Parse(payload.ToArray());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    void EndRun()
    {
        if (_run.Length == 0)
            return;
        var (sequenceNumber, atMs, itemId) = _runStart;
        _stored.Add(FrameJson.DeltaPayload(sequenceNumber, atMs, itemId, _run.ToString()));
        _run.Clear();
    }
}
