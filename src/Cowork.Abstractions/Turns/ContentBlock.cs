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
/// <param name="Content">Its parts, in order; attachments whose bytes are gone are left out.</param>
public sealed record HistoryMessage(MessageRole Role, IReadOnlyList<ContentBlock> Content);
