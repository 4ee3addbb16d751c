namespace Cowork.Abstractions;

/// <summary>
/// One thing that happened in a turn. A closed union: only the records nested here exist. The host turns them into the
/// wire vocabulary in one place; a harness never writes SSE itself. Immutable.
/// </summary>
public abstract record HarnessEvent
{
    private protected HarnessEvent()
    {
    }

    /// <summary>A piece of the answer, as it arrives from the model.</summary>
    /// <param name="Text">The piece; may be a fragment of a word. Empty pieces are dropped.</param>
    public sealed record TextDelta(string Text) : HarnessEvent;

    /// <summary>A piece of the model's reasoning. Never part of the answer, of history or of the stream to clients.</summary>
    /// <param name="Text">The piece.</param>
    public sealed record ReasoningDelta(string Text) : HarnessEvent;

    /// <summary>The model has begun to call a tool; its arguments may still be on their way.</summary>
    /// <param name="ToolUseId">Correlates all events of this call; unique in the turn.</param>
    /// <param name="ToolName">The tool's name as the model knows it.</param>
    public sealed record ToolStarted(string ToolUseId, string ToolName) : HarnessEvent;

    /// <summary>The arguments of a call are complete.</summary>
    /// <param name="ToolUseId">The call.</param>
    /// <param name="ToolName">The tool's name.</param>
    /// <param name="ArgumentsJson">The arguments as JSON text; clients see at most its first 65,536 characters.</param>
    public sealed record ToolArguments(string ToolUseId, string ToolName, string ArgumentsJson) : HarnessEvent
    {
        /// <summary>What the provider wants to see again beside this call in later turns, for example a thought signature; never shown to clients.</summary>
        public string? ProviderData { get; init; }
    }

    /// <summary>A call has ended. Kept as history for later turns; clients see of it only whether it went well.</summary>
    /// <param name="ToolUseId">The call.</param>
    /// <param name="ToolName">The tool's name.</param>
    /// <param name="IsError">Whether the tool failed.</param>
    /// <param name="Text">What the model reads of the result.</param>
    public sealed record ToolCompleted(string ToolUseId, string ToolName, bool IsError, string Text) : HarnessEvent;

    /// <summary>The result of a tool as the client draws it, for example the cell of a scratchpad.</summary>
    /// <param name="ToolUseId">The call.</param>
    /// <param name="ToolName">The tool's name.</param>
    /// <param name="Action">What the tool did, for example <c>exec</c> or <c>dump</c>; empty when it has no actions.</param>
    /// <param name="Content">The payload: JSON text for cells, plain text for dumps; clients see at most its first 65,536 characters.</param>
    public sealed record ToolResult(string ToolUseId, string ToolName, string Action, string Content) : HarnessEvent;

    /// <summary>Says what is going on. May be dropped when it comes too fast, but for the start and end of a cell and the wait before another try.</summary>
    /// <param name="Phase">A phase, for example <c>planning</c>, <c>scratchpad_start</c>, <c>scratchpad_done</c>, <c>tool_done</c>, <c>retrying</c>.</param>
    /// <param name="Message">A few words for people; may be empty.</param>
    public sealed record Progress(string Phase, string Message) : HarnessEvent
    {
        /// <summary>Expected remaining time in seconds, or <c>null</c> when unknown.</summary>
        public double? EtaSeconds { get; init; }

        /// <summary>The call that this belongs to; empty when it belongs to none.</summary>
        public string ToolUseId { get; init; } = "";
    }

    /// <summary>Earlier parts of the conversation were shortened to fit the model.</summary>
    /// <param name="Message">One sentence for people.</param>
    public sealed record ContextCompacted(string Message) : HarnessEvent;

    /// <summary>Tokens used by one model call; the host adds up all calls of a turn.</summary>
    /// <param name="InputTokens">Tokens read, cached ones included.</param>
    /// <param name="OutputTokens">Tokens written, reasoning included.</param>
    public sealed record Usage(long InputTokens, long OutputTokens) : HarnessEvent
    {
        /// <summary>Of the input: tokens served from the provider's cache.</summary>
        public long CachedInputTokens { get; init; }
    }

    /// <summary>Something the user should know although the turn goes on.</summary>
    /// <param name="Code">A stable snake_case code.</param>
    /// <param name="Message">One sentence for people.</param>
    public sealed record Warning(string Code, string Message) : HarnessEvent;
}
