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

    /// <summary>What the model may call; always in the same order, because providers cache it.</summary>
    public IReadOnlyList<ToolSpec> Tools { get; init; } = [];

    /// <summary>The tool that must be called, for answers in a given shape; <c>null</c> to leave it to the model.</summary>
    public string? ForcedTool { get; init; }

    /// <summary>Whether one of the tools must be called, whichever.</summary>
    public bool MustCallTool { get; init; }

    /// <summary>Whether the model shall answer in words now, although the conversation has tool calls in it.</summary>
    public bool ToolsClosed { get; init; }

    /// <summary>Whether the provider may search the web by itself, where it can.</summary>
    public bool NativeWebSearch { get; init; }

    public int MaxOutputTokens { get; init; } = 8192;

    public string? ReasoningEffort { get; init; }
}

/// <summary>What a model is told of a tool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does and when to use it.</param>
/// <param name="Parameters">A JSON schema of type object.</param>
sealed record ToolSpec(string Name, string Description, BinaryData Parameters);

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
    public ModelMessage(MessageRole role, string text)
        : this(role, [new ModelContent.Text(text)])
    {
    }

    /// <summary>Whether the agent's own loop says it in the user's place: a reminder, not something that anybody asked for.</summary>
    public bool IsNote { get; init; }

    /// <summary>Of a message that stands in for everything before it: where that ends. Its first part is the summary, the others are the user's last words.</summary>
    public ConversationMark? StandsFor { get; init; }

    /// <summary>Whether the user said it: neither results of tools nor a note of the loop.</summary>
    public bool IsOfUser => Role == MessageRole.User && !IsNote && !HasResults;

    /// <summary>Whether text is all there is, so that a plain string can carry it.</summary>
    public bool IsText => Content.All(part => part is ModelContent.Text);

    /// <summary>Whether it answers tool calls of the message before.</summary>
    public bool HasResults => Content.Any(part => part is ModelContent.ToolResult);

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

    /// <summary>A call that the model made; only in its own messages.</summary>
    /// <param name="Id">Correlates it with its result.</param>
    /// <param name="Name">The tool.</param>
    /// <param name="Arguments">The arguments as the model wrote them; not always JSON.</param>
    public sealed record ToolCall(string Id, string Name, string Arguments) : ModelContent
    {
        /// <summary>What the provider wants to see again beside the call, as JSON; <c>null</c> for nothing.</summary>
        public string? ProviderData { get; init; }
    }

    /// <summary>A part of a reply that only the provider understands and wants to see again, for example its own web search.</summary>
    /// <param name="Json">The part as it came.</param>
    public sealed record ProviderPart(string Json) : ModelContent;

    /// <summary>What a tool answered; only in messages of the user.</summary>
    /// <param name="CallId">The call.</param>
    /// <param name="Value">What the model reads.</param>
    /// <param name="IsError">Whether the tool failed.</param>
    public sealed record ToolResult(string CallId, string Value, bool IsError) : ModelContent
    {
        /// <summary>Pictures that the tool answers with.</summary>
        public IReadOnlyList<Image> Images { get; init; } = [];
    }
}
