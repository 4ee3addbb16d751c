using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Turn;

/// <summary>
/// Replaces the older part of a long conversation by a summary, for the model only: what is stored stays whole. Summaries are remembered,
/// so that the next turn of the same conversation does not pay again.
/// </summary>
sealed class Compactor(SideModel side)
{
    /// <summary>What clients are told.</summary>
    public static readonly HarnessEvent Notice = new HarnessEvent.ContextCompacted("The conversation had become long, so its older part was summarised for the model.");

    const int MostRemembered = 64;
    const int Fewest = 6;
    const int KeptAtLeast = 4;
    const int LongestPart = 24_000;
    const string Instructions =
        """
        You condense the older part of a conversation between a person and an agent, so that the agent can go on without it.
        Keep: what the person wants and decided, facts and figures that were found, files and artifacts with their paths, variables
        that exist in the code cells, errors with what solved them, and what is still open. Leave out greetings and repetition.
        Write bullet points, at most 1,200 words, in the language of the conversation.
        """;

    readonly ConcurrentDictionary<Guid, Remembered> _remembered = new();

    /// <summary>The conversation with what an earlier turn has summarised of it, as long as that part is still the same.</summary>
    public IReadOnlyList<ModelMessage> Apply(Guid conversation, IReadOnlyList<ModelMessage> messages) =>
        _remembered.TryGetValue(conversation, out var known) && messages.Count > known.Count && Flatten(messages.Take(known.Count)) == known.Replaced
            ? [.. Standing(known.Summary), .. messages.Skip(known.Count)]
            : messages;

    /// <summary>A shorter conversation, or <c>null</c> when nothing can be taken away.</summary>
    public async Task<IReadOnlyList<ModelMessage>?> CompactAsync(TurnState turn, IReadOnlyList<ModelMessage> messages, CancellationToken ct)
    {
        var split = SplitOf(messages);
        if (split == 0)
            return null;
        var older = Flatten(messages.Take(split));
        var summary = await SummaryAsync(turn, older, ct);
        if (summary is not null)
            Remember(turn.Request.ConversationId, new(split, older, summary));
        // Without a summary the results of tools go, and nothing that somebody said.
        return summary is null ? WithoutOldResults(messages, split) : [.. Standing(summary), .. messages.Skip(split)];
    }

    void Remember(Guid conversation, Remembered summary)
    {
        if (_remembered.Count >= MostRemembered)
            _remembered.Clear();
        _remembered[conversation] = summary;
    }

    static IEnumerable<ModelMessage> Standing(string summary)
    {
        yield return new(MessageRole.User, $"[Summary of the earlier conversation]\n{summary}");
        yield return new(MessageRole.Assistant, "Understood.");
    }

    /// <summary>How many messages go: more than half, but never the answer to a call that stays.</summary>
    static int SplitOf(IReadOnlyList<ModelMessage> messages)
    {
        if (messages.Count < Fewest)
            return 0;
        var split = Math.Min(messages.Count * 6 / 10, messages.Count - KeptAtLeast);
        // What stays begins with words of the user: roles alternate, and a result never loses its call.
        while (split > 0 && (messages[split].Role != MessageRole.User || messages[split].HasResults))
            split--;
        return split;
    }

    async Task<string?> SummaryAsync(TurnState turn, string text, CancellationToken ct)
    {
        var request = new ModelRequest
        {
            System = new(Instructions, ""),
            Messages = [new(MessageRole.User, text)],
            MaxOutputTokens = 2048,
            ReasoningEffort = turn.Coding.ReasoningEffort,
        };
        try
        {
            var reply = await side.AskAsync(turn.Coding, request, turn.Emit, ct);
            return string.IsNullOrWhiteSpace(reply.Text) ? null : reply.Text.Trim();
        }
        catch (HarnessException)
        {
            return null;
        }
    }

    static List<ModelMessage> WithoutOldResults(IReadOnlyList<ModelMessage> messages, int split) =>
    [
        .. messages.Take(split).Select(message => message with
        {
            Content = [.. message.Content.Select(part => part is ModelContent.ToolResult result ? result with { Value = Ends(result.Value, 500), Images = [] } : part)],
        }),
        .. messages.Skip(split),
    ];

    static string Flatten(IEnumerable<ModelMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            foreach (var part in message.Content)
            {
                text.AppendLine(part switch
                {
                    ModelContent.Text said => $"{(message.Role == MessageRole.User ? "Person" : "Agent")}: {Ends(said.Value, 4_000)}",
                    ModelContent.ToolCall call => $"Agent calls {call.Name}: {Ends(call.Arguments, 1_000)}",
                    ModelContent.ToolResult result => $"Result{(result.IsError ? " (failed)" : "")}: {Ends(result.Value, 1_000)}",
                    ModelContent.Image image => $"Image {image.File.Name}",
                    _ => "",
                });
            }
        }

        return Ends(text.ToString(), LongestPart);
    }

    /// <summary>Beginning and end of a text; the end is the newer part, so it gets the larger share.</summary>
    public static string Ends(string text, int max)
    {
        if (text.Length <= max)
            return text;
        var head = max / 4;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, head)} … {text.AsSpan(text.Length - (max - head))}");
    }

    /// <param name="Count">How many messages it replaces.</param>
    /// <param name="Replaced">What they said.</param>
    /// <param name="Summary">What stands in for them.</param>
    sealed record Remembered(int Count, string Replaced, string Summary);
}
