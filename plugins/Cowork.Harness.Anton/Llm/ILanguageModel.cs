using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>One model behind one provider's wire format.</summary>
interface ILanguageModel
{
    /// <summary>
    /// Streams one reply. Ends with exactly one <see cref="ModelEvent.Completed"/>; every other end is an exception, which
    /// <see cref="ProviderErrors"/> understands. Never retries by itself once anything was yielded.
    /// </summary>
    IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, CancellationToken ct);
}

/// <summary>What is asked of a model in one call.</summary>
sealed record ModelRequest
{
    public required SystemPrompt System { get; init; }

    /// <summary>Oldest first; the last one is the user's.</summary>
    public required IReadOnlyList<ModelMessage> Messages { get; init; }

    public int MaxOutputTokens { get; init; } = 8192;

    public string? ReasoningEffort { get; init; }
}

/// <summary>The system prompt in two parts, because only what stays the same from call to call can be cached by the provider.</summary>
/// <param name="Stable">The same for every turn of every user.</param>
/// <param name="Tail">Project, memory, date: changes from time to time.</param>
sealed record SystemPrompt(string Stable, string Tail)
{
    public override string ToString() => Tail.Length == 0 ? Stable : $"{Stable}\n\n{Tail}";
}

/// <summary>A message as a model reads it: file contents are already loaded.</summary>
sealed record ModelMessage(MessageRole Role, IReadOnlyList<ModelContent> Content)
{
    /// <summary>Whether text is all there is, so that a plain string can carry it.</summary>
    public bool IsText => Content.All(part => part is ModelContent.Text);

    /// <summary>All text parts, a blank line between them.</summary>
    public string JoinedText => string.Join("\n\n", Content.OfType<ModelContent.Text>().Select(part => part.Value));
}

/// <summary>A part of a <see cref="ModelMessage"/>; a closed union.</summary>
abstract record ModelContent
{
    ModelContent()
    {
    }

    public sealed record Text(string Value) : ModelContent;

    /// <param name="File">Where it came from, for the note that stands in for it when a model cannot read images.</param>
    /// <param name="Bytes">The file's bytes.</param>
    public sealed record Image(AttachedFile File, BinaryData Bytes) : ModelContent;
}
