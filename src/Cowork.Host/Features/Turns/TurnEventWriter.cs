using System.Buffers;
using System.Text;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// Turns the events of one run into the wire vocabulary, each encoded once: into the log for readers and into
/// <see cref="TurnEvents"/> for storage. The only place that knows how an event looks to a client. Thread-safe: a run that
/// was abandoned may still be talking while the turn is being closed.
/// </summary>
/// <param name="log">Gets the frames; null when only the last one is to be made, after a crash.</param>
/// <param name="firstSeq">The number of the first frame that this writer makes.</param>
sealed partial class TurnEventWriter(Turn turn, ITurnLog? log, TimeProvider time, int firstSeq = 0) : ITurnFrames, IDisposable
{
    const string InProgressType = "response.in_progress";
    static readonly TimeSpan ProgressGap = TimeSpan.FromSeconds(0.25);

    readonly ArrayBufferWriter<byte> _payload = new(1024);
    readonly ArrayBufferWriter<byte> _frame = new(1024);
    readonly Utf8JsonWriter _json = new(Stream.Null, AsciiJson.Options);
    readonly string _itemId = $"msg-{turn.AssistantMessageId}";
    readonly Lock _gate = new();
    long _lastProgress;
    bool _closed;
    int _seq = firstSeq;

    public TurnEvents Events { get; } = new();

    /// <summary>How much was written, the frames of this writer together.</summary>
    public long Bytes { get; private set; }
    public long InputTokens { get; private set; }
    public long OutputTokens { get; private set; }
    public long CachedInputTokens { get; private set; }

    public void Created()
    {
        var atMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        Begin("response.created", atMs);
        WriteResponse("created", answer: null);
        End();
        Events.Add(Encoding.UTF8.GetString(_payload.WrittenSpan));
        // The frame says more than the stored event: where it belongs.
        Begin("response.created", atMs);
        WriteResponse("created", answer: null);
        _json.WriteString("conversation_id"u8, turn.ConversationId);
        _json.WriteString("harness"u8, turn.Harness);
        End();
        Append("response.created");
    }

    public void Write(string type, string member, Action<Utf8JsonWriter> write)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            WriteDelta(_scrubber?.Flush() ?? "");
            Begin(type);
            _json.WritePropertyName(member);
            write(_json);
            EndEvent(type);
        }
    }

    public void Dispose() => _json.Dispose();

    void WriteEvent(HarnessEvent e)
    {
        switch (e)
        {
            case HarnessEvent.TextDelta delta:
                WriteDelta(delta.Text);
                break;
            case HarnessEvent.ToolStarted tool:
                WriteThought(ThoughtNames.ToolRole(tool.ToolName, "start"), tool.ToolName, tool.ToolUseId);
                break;
            case HarnessEvent.ToolArguments tool:
                WriteThought(ThoughtNames.ToolRole(tool.ToolName, "end"), tool.ArgumentsJson, tool.ToolUseId);
                Events.Transcript.Call(tool.ToolUseId, tool.ToolName, tool.ArgumentsJson, tool.ProviderData);
                HasSteps = true;
                break;
            case HarnessEvent.ToolResult result:
                WriteToolResult(result);
                break;
            case HarnessEvent.Progress progress:
                WriteProgress(progress);
                break;
            case HarnessEvent.ContextCompacted compacted:
                WriteThought("thought.context_compacted", compacted.Message, toolUseId: null);
                break;
            case HarnessEvent.Warning warning:
                WriteWarning(warning);
                break;
            case HarnessEvent.Usage usage:
                InputTokens += usage.InputTokens;
                OutputTokens += usage.OutputTokens;
                CachedInputTokens += usage.CachedInputTokens;
                break;
            case HarnessEvent.ToolCompleted tool:
                Events.Transcript.Result(tool.ToolUseId, tool.Text, tool.IsError);
                HasSteps = true;
                break;
            case HarnessEvent.ReasoningDelta:
                break;
        }
    }

    /// <summary>Whether calls or results came to the transcript since they were last taken.</summary>
    public bool HasSteps { get; private set; }

    /// <summary>What came to the transcript since the last time.</summary>
    public IReadOnlyList<TranscriptStep> TakeSteps()
    {
        lock (_gate)
        {
            HasSteps = false;
            return _closed ? [] : Events.Transcript.TakeSteps();
        }
    }

    /// <summary>Encodes the last frame of a turn without sending it, so that the rows can be committed first. Nothing is written after it.</summary>
    public byte[] Close(TurnOutcome outcome)
    {
        lock (_gate)
        {
            WriteDelta(_scrubber?.Flush() ?? "");
            _closed = true;
            return EncodeEnd(outcome);
        }
    }

    byte[] EncodeEnd(TurnOutcome outcome)
    {
        var type = FrameBytes.EndType(outcome.Status);
        Begin(type);
        if (outcome.Status == TurnStatus.Completed)
            WriteResponse("completed", Events.Answer);
        else
        {
            FrameJson.WriteFailure(_json, outcome);
            UsageJson.Write(_json, InputTokens, OutputTokens, CachedInputTokens);
        }

        End();
        Events.Add(Encoding.UTF8.GetString(_payload.WrittenSpan));
        FrameBytes.Write(_frame, type, _seq, _payload.WrittenSpan);
        return _frame.WrittenSpan.ToArray();
    }

    void WriteDelta(string delta)
    {
        if (delta.Length == 0)
            return;
        var atMs = Begin(FrameJson.DeltaType);
        _json.WriteString("item_id"u8, _itemId);
        _json.WriteString("delta"u8, delta);
        End();
        Events.AddDelta(_seq + 1, atMs, _itemId, delta);
        Append(FrameJson.DeltaType);
    }

    void WriteThought(string role, string content, string? toolUseId)
    {
        BeginThought(role, content);
        if (toolUseId is not null)
            _json.WriteString("tool_use_id"u8, toolUseId);
        EndThought();
    }

    void WriteToolResult(HarnessEvent.ToolResult result)
    {
        BeginThought("thought.scratchpad.result", result.Content);
        _json.WriteString("tool_name"u8, result.ToolName);
        _json.WriteString("tool_action"u8, result.Action);
        _json.WriteString("tool_use_id"u8, result.ToolUseId);
        EndThought();
    }

    void WriteProgress(HarnessEvent.Progress progress)
    {
        var now = time.GetTimestamp();
        // Said once: nothing that comes later would tell it.
        var isKept = progress.Phase is "scratchpad_start" or "scratchpad_done" or "retrying";
        if (!isKept && _lastProgress != 0 && time.GetElapsedTime(_lastProgress, now) < ProgressGap)
            return;
        _lastProgress = now;
        var label = ThoughtNames.PhaseLabel(progress.Phase);
        BeginThought("thought.progress", progress.Message.Length == 0 ? label : $"{label}: {progress.Message}");
        _json.WriteString("phase"u8, progress.Phase);
        _json.WriteString("message"u8, progress.Message);
        if (progress.EtaSeconds is { } eta)
            _json.WriteNumber("eta_seconds"u8, eta);
        else
            _json.WriteNull("eta_seconds"u8);
        _json.WriteString("tool_use_id"u8, progress.ToolUseId);
        EndThought();
    }

    void WriteWarning(HarnessEvent.Warning warning)
    {
        BeginThought("thought.warning", warning.Message);
        _json.WriteString("code"u8, warning.Code);
        EndThought();
    }

    void BeginThought(string role, string content)
    {
        Begin(InProgressType);
        _json.WriteString("thought_role"u8, role);
        _json.WriteString("content"u8, FrameJson.Cut(content));
    }

    void EndThought() => EndEvent(InProgressType);

    void EndEvent(string type)
    {
        End();
        Events.Add(Encoding.UTF8.GetString(_payload.WrittenSpan));
        Append(type);
    }

    void WriteResponse(string status, string? answer)
    {
        _json.WriteStartObject("response"u8);
        ResponseJson.WriteBody(_json, turn, status, time.GetUtcNow().ToUnixTimeSeconds(), answer, _itemId, answer is null ? null : (InputTokens, OutputTokens, CachedInputTokens));
        _json.WriteEndObject();
    }

    void Begin(string type, long atMs)
    {
        _payload.ResetWrittenCount();
        _json.Reset(_payload);
        FrameJson.WriteHead(_json, type, _seq + 1, atMs);
    }

    long Begin(string type)
    {
        var atMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        Begin(type, atMs);
        return atMs;
    }

    void End()
    {
        _json.WriteEndObject();
        _json.Flush();
    }

    void Append(string type)
    {
        FrameBytes.Write(_frame, type, _seq, _payload.WrittenSpan);
        log?.Append(_frame.WrittenSpan);
        Bytes += _frame.WrittenCount;
        _seq++;
    }
}
