namespace Cowork.Harness.Anton.Llm;

/// <summary>What a model says while it answers, the same for every wire format; a closed union.</summary>
abstract record ModelEvent
{
    ModelEvent()
    {
    }

    public sealed record TextDelta(string Text) : ModelEvent;

    public sealed record ReasoningDelta(string Text) : ModelEvent;

    /// <summary>A tool call has begun; its arguments are still on their way.</summary>
    public sealed record ToolStarted(string Id, string Name) : ModelEvent;

    /// <summary>A tool call is complete.</summary>
    /// <param name="Call">The call as the model wrote it.</param>
    public sealed record ToolCalled(ModelContent.ToolCall Call) : ModelEvent;

    /// <summary>A part that only the provider understands; it belongs into the reply's message where it came.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Activity">What the provider is doing, for people; empty for nothing to say.</param>
    public sealed record ProviderPart(ModelContent.ProviderPart Part, string Activity) : ModelEvent;

    /// <param name="Stop">Why the model stopped.</param>
    /// <param name="Usage"><c>null</c> when the provider did not tell.</param>
    public sealed record Completed(StopReason Stop, ModelUsage? Usage) : ModelEvent;
}

enum StopReason
{
    /// <summary>The answer is complete.</summary>
    EndOfTurn,

    /// <summary>The model waits for the results of its tool calls.</summary>
    ToolUse,

    /// <summary>The provider paused in the middle of work of its own; asked again with what it said, it goes on.</summary>
    Paused,

    /// <summary>The answer reached the output limit.</summary>
    MaxTokens,

    /// <summary>The provider held the answer back.</summary>
    Refused,
}

/// <param name="InputTokens">Cached ones included.</param>
/// <param name="OutputTokens">Reasoning included.</param>
/// <param name="CachedInputTokens">Of the input: served from the provider's cache.</param>
sealed record ModelUsage(long InputTokens, long OutputTokens, long CachedInputTokens);
