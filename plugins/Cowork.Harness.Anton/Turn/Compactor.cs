using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Turn;

/// <summary>
/// Replaces the older part of a long conversation by a summary, for the model only: what is stored stays whole. The user's last words before
/// the cut stay as they were said, so that a turn which is all tool work keeps its question.
/// </summary>
sealed class Compactor(SideModel side, Summaries summaries, AntonSettings settings)
{
    /// <summary>Where results are all that was taken away, so much of each stays.</summary>
    const int LongestResult = 500;

    const int CharactersPerToken = 3;
    const int FewestCharacters = 8_000;
    const int MostTries = 4;
    const string Instructions =
        """
        You condense the older part of a conversation between a person and an agent, so that the agent can go on without it.
        Keep: what the person wants and decided, facts and figures that were found, files and artifacts with their paths, variables
        that exist in the code cells, errors with what solved them, and what is still open. Leave out greetings and repetition.
        Write bullet points, at most 1,200 words, in the language of the conversation.
        """;

    /// <summary>The conversation with what is known of it in short, as long as that part is still the same.</summary>
    public IReadOnlyList<ModelMessage> Apply(Guid conversation, IReadOnlyList<ModelMessage> messages)
    {
        if (summaries.Find(conversation) is not { } known)
            return messages;
        var (place, covered) = (ConversationMark.Start, 0);
        for (var i = 0; i < messages.Count - 1; i++)
        {
            place = place.After(messages[i]);
            if (place.Words != known.Words)
                continue;
            // Of an old turn only the words may be left; its calls are gone then.
            if (covered == 0 || place.Call == known.Call)
                covered = i + 1;
            if (place.Call == known.Call)
                break;
        }

        return covered == 0 ? messages : Shorter(messages, covered, known.Text);
    }

    /// <summary>Makes a conversation shorter. Says so before and after, for a summary takes its time.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="messages">Its conversation.</param>
    /// <param name="split">What <see cref="Shortening.OlderPart"/> said; not 0.</param>
    /// <param name="take">Gets the shorter conversation.</param>
    /// <param name="ct">The turn's token.</param>
    public async IAsyncEnumerable<HarnessEvent> CompactAsync(
        TurnState turn, IReadOnlyList<ModelMessage> messages, int split, Action<IReadOnlyList<ModelMessage>> take, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return new HarnessEvent.Progress("context", "Summarising the earlier part of the conversation");
        string? summary = null;
        await foreach (var e in turn.WatchAsync(async stop => summary = await SummaryAsync(turn, ConversationText.Of(messages.Take(split)), stop), ct))
            yield return e;
        if (summary is null)
        {
            take([.. Shortening.WithShortResults(messages.Take(split), LongestResult), .. messages.Skip(split)]);
            yield return new HarnessEvent.ContextCompacted("The conversation had become long, so old results of tools were shortened for the model.");
            yield break;
        }

        var shorter = Shorter(messages, split, summary);
        take(shorter);
        var end = shorter[0].StandsFor!;
        await summaries.KeepAsync(turn.Request.ConversationId, new(end.Words, end.Call, summary), ct);
        yield return new HarnessEvent.ContextCompacted("The conversation had become long, so its older part was summarised for the model.");
    }

    static List<ModelMessage> Shorter(IReadOnlyList<ModelMessage> messages, int split, string summary)
    {
        List<ModelMessage> older = [.. messages.Take(split)];
        var standIn = new ModelMessage(MessageRole.User, [new ModelContent.Text($"[Summary of the conversation so far]\n{summary}"), .. Shortening.QuestionIn(older)])
        {
            StandsFor = older.Aggregate(ConversationMark.Start, (place, message) => place.After(message)),
        };
        // Some servers take roles only in turn.
        return messages[split].Role == MessageRole.User ? [standIn, new(MessageRole.Assistant, "Understood."), .. messages.Skip(split)] : [standIn, .. messages.Skip(split)];
    }

    async Task<string?> SummaryAsync(TurnState turn, string text, CancellationToken ct)
    {
        var longest = Math.Max(FewestCharacters, ContextWindows.Of(turn.Coding.Model, settings.ContextWindow) / 2 * CharactersPerToken);
        for (var tries = 1; ; tries++)
        {
            try
            {
                string? summary = null;
                foreach (var part in ConversationText.Parts(text, longest))
                    if ((summary = await AskAsync(turn, summary, part, ct)).Length == 0)
                        return null;
                return summary;
            }
            catch (HarnessException e)
            {
                // Nobody knows the window of every model: smaller pieces, where that makes a difference.
                longest = Math.Min(longest, text.Length) / 2;
                if (e.Code != FailureCodes.ContextOverflow || tries == MostTries || longest < FewestCharacters)
                    return null;
            }
        }
    }

    async Task<string> AskAsync(TurnState turn, string? before, string part, CancellationToken ct)
    {
        var request = new ModelRequest
        {
            System = new(Instructions, ""),
            Messages = [new(MessageRole.User, before is null ? part : $"[Summary of what came before; keep all of it that still matters]\n{before}\n\n[What came then]\n{part}")],
            MaxOutputTokens = 4096,
            ReasoningEffort = turn.Coding.ReasoningEffort,
        };
        return turn.Scrubber.Scrub((await side.AskAsync(turn.Coding, request, turn.Emit, ct)).Text).Trim();
    }
}
