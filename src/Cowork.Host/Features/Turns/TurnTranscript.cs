using System.Text;
using System.Text.Json;
using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What a turn did, in order, as later turns read it: text, tool calls, tool results. Gathers nothing while no tool is called: the
/// answer's text is enough then.
/// </summary>
/// <param name="answer">The answer so far; pieces of it become text blocks.</param>
sealed class TurnTranscript(StringBuilder answer)
{
    /// <summary>A client sees at most so much of the arguments, so longer ones cannot be rebuilt from a log.</summary>
    const int LongestInFrame = FrameJson.LongestContent;

    /// <summary>Characters of a result that are kept.</summary>
    public const int LongestResult = 40_000;

    readonly List<ContentBlock> _blocks = [];
    readonly Dictionary<string, bool> _hasResult = [];
    readonly Dictionary<string, string> _started = [];
    int _told;
    int _taken;

    public void Call(string toolUseId, string tool, string argumentsJson, string? providerData)
    {
        if (!_hasResult.TryAdd(toolUseId, false))
            return;
        TellText();
        _blocks.Add(new ContentBlock.ToolCallBlock(toolUseId, tool, argumentsJson) { ProviderData = providerData });
    }

    /// <summary>A result without its call, or a second one, is left out: models refuse them.</summary>
    public void Result(string toolUseId, string text, bool isError)
    {
        if (!_hasResult.TryGetValue(toolUseId, out var has) || has)
            return;
        _hasResult[toolUseId] = true;
        TellText();
        _blocks.Add(new ContentBlock.ToolResultBlock(toolUseId, Cut(text), isError));
    }

    /// <summary>The blocks that came since the last time.</summary>
    public IReadOnlyList<TranscriptStep> TakeSteps()
    {
        List<TranscriptStep> steps = [.. _blocks.Skip(_taken).Select((block, i) => new TranscriptStep(_taken + i, _told, block))];
        _taken = _blocks.Count;
        return steps;
    }

    /// <summary>Takes what was kept step by step in place of what the frames say. Of text the frames may have lost the end.</summary>
    public void Restore(IReadOnlyList<TranscriptStep> steps)
    {
        _blocks.Clear();
        _hasResult.Clear();
        foreach (var (_, told, block) in steps)
        {
            _blocks.Add(block);
            _told = Math.Min(told, answer.Length);
            if (block is ContentBlock.ToolCallBlock call)
                _hasResult[call.ToolUseId] = false;
            else if (block is ContentBlock.ToolResultBlock result)
                _hasResult[result.ToolUseId] = true;
        }
    }

    /// <summary>Reads the payload of a frame after a crash: calls whose arguments are whole, and results of cells.</summary>
    public void AddFrame(JsonElement payload)
    {
        if (Text(payload, "thought_role") is not { } role || Text(payload, "tool_use_id") is not { Length: > 0 } id || Text(payload, "content") is not { } content
            || payload.TryGetProperty("phase", out _))
            return;
        if (role == "thought.scratchpad.result")
            Result(id, content, isError: false);
        else if (!_started.Remove(id, out var tool))
            _started.Add(id, content);
        else if (IsWhole(content))
            Call(id, tool, content, providerData: null);
    }

    /// <returns>The blocks as JSON, or null when no tool was called.</returns>
    public string? ToJson(TurnOutcome outcome)
    {
        if (_blocks.Count == 0)
            return null;
        TellText();
        AnswerOpenCalls(outcome.Status == TurnStatus.Interrupted ? "The server ended before this call was finished." : "The turn ended before this call was finished.");
        return TranscriptJson.Write(_blocks);
    }

    /// <summary>Every call gets a result, before the text that follows it: providers refuse a history with calls left open.</summary>
    void AnswerOpenCalls(string sentence)
    {
        var open = new List<ContentBlock>();
        for (var i = 0; i <= _blocks.Count; i++)
        {
            if (open.Count > 0 && (i == _blocks.Count || _blocks[i] is ContentBlock.TextBlock))
            {
                _blocks.InsertRange(i, open);
                i += open.Count;
                open.Clear();
            }

            if (i < _blocks.Count && _blocks[i] is ContentBlock.ToolCallBlock call && !_hasResult[call.ToolUseId])
                open.Add(new ContentBlock.ToolResultBlock(call.ToolUseId, sentence, IsError: true));
        }
    }

    void TellText()
    {
        var text = answer.ToString(_told, answer.Length - _told);
        _told = answer.Length;
        if (!string.IsNullOrWhiteSpace(text))
            _blocks.Add(new ContentBlock.TextBlock(text));
    }

    static string Cut(string text) =>
        text.Length <= LongestResult ? text : text[..(char.IsHighSurrogate(text[LongestResult - 1]) ? LongestResult - 1 : LongestResult)];

    static bool IsWhole(string arguments)
    {
        if (arguments.Length >= LongestInFrame - 1)
            return false;
        try
        {
            using var json = JsonDocument.Parse(arguments);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static string? Text(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
