namespace Cowork.Abstractions;

/// <summary>A part of a message. A closed union: only the records nested here exist. Immutable.</summary>
public abstract record ContentBlock
{
    private protected ContentBlock()
    {
    }

    /// <summary>Text.</summary>
    /// <param name="Text">The text; never blank in a new message.</param>
    public sealed record TextBlock(string Text) : ContentBlock;

    /// <summary>An image that the user attached.</summary>
    /// <param name="File">Where its bytes are.</param>
    public sealed record ImageBlock(AttachedFile File) : ContentBlock;

    /// <summary>Any other file that the user attached.</summary>
    /// <param name="File">Where its bytes are.</param>
    public sealed record FileBlock(AttachedFile File) : ContentBlock;

    /// <summary>A tool that the agent called in an earlier turn; only in history, in messages of the agent.</summary>
    /// <param name="ToolUseId">Correlates it with its <see cref="ToolResultBlock"/>.</param>
    /// <param name="ToolName">The tool's name as the model knew it.</param>
    /// <param name="ArgumentsJson">The arguments as JSON text.</param>
    public sealed record ToolCallBlock(string ToolUseId, string ToolName, string ArgumentsJson) : ContentBlock
    {
        /// <summary>What <see cref="HarnessEvent.ToolArguments.ProviderData"/> said, or <c>null</c>.</summary>
        public string? ProviderData { get; init; }
    }

    /// <summary>What a tool answered in an earlier turn; follows its <see cref="ToolCallBlock"/>, other calls may stand between them.</summary>
    /// <param name="ToolUseId">The call.</param>
    /// <param name="Text">What the model read.</param>
    /// <param name="IsError">Whether the tool failed.</param>
    public sealed record ToolResultBlock(string ToolUseId, string Text, bool IsError) : ContentBlock;
}

/// <summary>A file that the user gave to the conversation.</summary>
/// <param name="Id">Id of the upload.</param>
/// <param name="Name">File name without a folder.</param>
/// <param name="Path">Absolute path; readable while the turn runs.</param>
/// <param name="ContentType">Media type as uploaded, for example <c>image/png</c>.</param>
/// <param name="Size">Size in bytes.</param>
public sealed record AttachedFile(Guid Id, string Name, string Path, string ContentType, long Size);

/// <summary>Who wrote a message.</summary>
public enum MessageRole
{
    /// <summary>The user.</summary>
    User,

    /// <summary>The agent.</summary>
    Assistant,
}

/// <summary>An earlier message of the conversation.</summary>
/// <param name="Role">Who wrote it.</param>
/// <param name="Content">
/// Its parts in the order in which they came to be; attachments whose bytes are gone are left out. A message of the agent is one whole
/// turn: text, tool calls and tool results as <see cref="HarnessEvent.ToolArguments"/> and <see cref="HarnessEvent.ToolCompleted"/> told them.
/// </param>
public sealed record HistoryMessage(MessageRole Role, IReadOnlyList<ContentBlock> Content);
