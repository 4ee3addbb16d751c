using System.Text;
using System.Text.Json;
using Anthropic.Models.Messages;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Understands the events of one reply of the Messages API.</summary>
sealed class AnthropicStream
{
    readonly StreamedToolCalls _calls = new();
    ServerToolUseBlock? _search;
    StringBuilder? _searchInput;
    StringBuilder? _thinking;
    string _signature = "";

    public StopReason? Stop { get; private set; }

    public ModelUsage Usage { get; private set; } = new(0, 0, 0);

    /// <summary>What the next event says, if it says something.</summary>
    public ModelEvent? Read(RawMessageStreamEvent e)
    {
        if (e.TryPickContentBlockDelta(out var delta))
            return Piece(delta);
        if (e.TryPickContentBlockStart(out var begun))
            return Begin(begun);
        if (e.TryPickContentBlockStop(out var ended))
            return End(ended.Index);
        if (e.TryPickStart(out var start))
        {
            Usage = UsageOf(start.Message.Usage);
        }
        else if (e.TryPickDelta(out var change))
        {
            Stop = StopOf(change.Delta.StopReason) ?? Stop;
            Usage = Usage with { OutputTokens = change.Usage.OutputTokens };
        }
        else if (e.TryPickStop(out _))
        {
            Stop ??= StopReason.EndOfTurn;
        }

        return null;
    }

    ModelEvent? Piece(RawContentBlockDeltaEvent e)
    {
        if (e.Delta.TryPickText(out var text))
            return text.Text.Length == 0 ? null : new ModelEvent.TextDelta(text.Text);
        if (e.Delta.TryPickThinking(out var thinking))
        {
            _thinking?.Append(thinking.Thinking);
            return thinking.Thinking.Length == 0 ? null : new ModelEvent.ReasoningDelta(thinking.Thinking);
        }

        if (e.Delta.TryPickSignature(out var signature))
            _signature += signature.Signature;
        if (e.Delta.TryPickInputJson(out var piece))
        {
            if (_searchInput is not null)
                _searchInput.Append(piece.PartialJson);
            else
                _calls.Add(e.Index, null, null, piece.PartialJson);
        }

        return null;
    }

    ModelEvent? Begin(RawContentBlockStartEvent e)
    {
        if (e.ContentBlock.TryPickToolUse(out var tool))
            return _calls.Add(e.Index, tool.ID, tool.Name, null);
        if (e.ContentBlock.TryPickServerToolUse(out var search))
            (_search, _searchInput) = (search, new());
        else if (e.ContentBlock.TryPickThinking(out var thinking))
            (_thinking, _signature) = (new(thinking.Thinking), thinking.Signature);
        else if (e.ContentBlock.TryPickWebSearchToolResult(out _) || e.ContentBlock.TryPickRedactedThinking(out _))
            return new ModelEvent.ProviderPart(new(e.ContentBlock.Json.GetRawText()), "");
        return null;
    }

    ModelEvent? End(long index)
    {
        if (_thinking is not null)
            return EndThinking();
        if (_search is null)
            return _calls.Take(index);
        var (search, input) = (_search, _searchInput!.ToString());
        (_search, _searchInput) = (null, null);
        CallArguments.TryRead(input, out var arguments);
        var query = arguments.ValueKind == JsonValueKind.Object && arguments.TryGetProperty("query", out var asked) ? asked.ToString() : "";
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "server_tool_use"u8);
            json.WriteString("id"u8, search.ID);
            json.WriteString("name"u8, search.Name.Raw());
            json.WritePropertyName("input"u8);
            json.WriteRawValue(CallArguments.AsObject(input));
            json.WriteEndObject();
        }

        return new ModelEvent.ProviderPart(new(Encoding.UTF8.GetString(buffer.WrittenSpan)), query.Length == 0 ? "Searching the web" : $"Searching the web for “{query}”");
    }

    /// <summary>What the model thought goes back with its calls: this API refuses their results without it.</summary>
    ModelEvent.ProviderPart? EndThinking()
    {
        var (thinking, signature) = (_thinking!.ToString(), _signature);
        (_thinking, _signature) = (null, "");
        // Without a signature it would be refused; servers that sign nothing ask for nothing.
        if (signature.Length == 0)
            return null;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "thinking"u8);
            json.WriteString("thinking"u8, thinking);
            json.WriteString("signature"u8, signature);
            json.WriteEndObject();
        }

        return new(new(Encoding.UTF8.GetString(buffer.WrittenSpan)), "");
    }

    static ModelUsage UsageOf(Usage usage)
    {
        var cached = usage.CacheReadInputTokens ?? 0;
        return new(usage.InputTokens + cached + (usage.CacheCreationInputTokens ?? 0), usage.OutputTokens, cached);
    }

    static StopReason? StopOf(Anthropic.Core.ApiEnum<string, Anthropic.Models.Messages.StopReason>? reason) => reason?.Raw() switch
    {
        null => null,
        "max_tokens" or "model_context_window_exceeded" => StopReason.MaxTokens,
        "refusal" => StopReason.Refused,
        "tool_use" => StopReason.ToolUse,
        "pause_turn" => StopReason.Paused,
        _ => StopReason.EndOfTurn,
    };
}
