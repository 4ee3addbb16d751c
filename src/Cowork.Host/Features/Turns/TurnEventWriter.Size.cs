using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>How much of an event is kept or sent.</summary>
sealed partial class TurnEventWriter
{
    /// <summary>Characters of an event, without what is cut off where it is stored and sent.</summary>
    public static long SizeOf(HarnessEvent e) => e switch
    {
        HarnessEvent.TextDelta delta => Length(delta.Text),
        HarnessEvent.ToolStarted tool => Length(tool.ToolUseId) + Length(tool.ToolName),
        HarnessEvent.ToolArguments tool => Length(tool.ToolUseId) + Length(tool.ToolName) + Length(tool.ArgumentsJson) + Length(tool.ProviderData),
        HarnessEvent.ToolCompleted tool => Length(tool.ToolUseId) + Length(tool.ToolName) + Math.Min(Length(tool.Text), TurnTranscript.LongestResult),
        HarnessEvent.ToolResult tool => Length(tool.ToolUseId) + Length(tool.ToolName) + Length(tool.Action) + Shown(tool.Content),
        HarnessEvent.Progress progress => Length(progress.Phase) + Length(progress.Message) + Length(progress.ToolUseId),
        HarnessEvent.ContextCompacted compacted => Shown(compacted.Message),
        HarnessEvent.Warning warning => Length(warning.Code) + Shown(warning.Message),
        _ => 0,
    };

    static long Shown(string? text) => Math.Min(Length(text), FrameJson.LongestContent);

    /// <summary>A harness may hand out null where the contract says that it must not.</summary>
    static long Length(string? text) => text?.Length ?? 0;
}
