using System.Globalization;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Where a conversation can be cut, and what is left of it then. A result never loses its call, and the question never goes.</summary>
static class Shortening
{
    /// <summary>With fewer messages in it, the older part is not worth a summary.</summary>
    const int Fewest = 3;

    const double KeptPart = 0.4;

    /// <summary>How many messages the older, larger part has; 0 when there is none. What stays begins with a round: with the agent, and after the user.</summary>
    public static int OlderPart(IReadOnlyList<ModelMessage> messages)
    {
        var most = messages.Sum(ConversationSize.Of) * KeptPart;
        var (kept, split) = (0L, 0);
        for (var i = messages.Count - 1; i > 0; i--)
        {
            kept += ConversationSize.Of(messages[i]);
            if (!BeginsRound(messages, i))
                continue;
            // The newest round stays even where it is the largest.
            if (split > 0 && kept > most)
                break;
            split = i;
        }

        return split < Fewest ? 0 : split;
    }

    /// <summary>About the last messages, and the question in front of them where it is older than they are.</summary>
    public static IReadOnlyList<ModelMessage> LastOf(IReadOnlyList<ModelMessage> messages, int count)
    {
        var question = Math.Max(0, IndexOfQuestion(messages));
        var first = Math.Max(0, messages.Count - count);
        if (first <= question)
        {
            while (first < question && !messages[first].IsOfUser)
                first++;
            return [.. messages.Skip(first)];
        }

        var round = first;
        while (round < messages.Count && !BeginsRound(messages, round))
            round++;
        // The last round may be longer than what was asked for; half of it is of no use.
        for (var i = messages.Count - 1; round == messages.Count && i > question; i--)
            if (BeginsRound(messages, i))
                round = i;
        return [messages[question], .. messages.Skip(round)];
    }

    /// <summary>What the user said last of all that is in these messages.</summary>
    public static IReadOnlyList<ModelContent> QuestionIn(IReadOnlyList<ModelMessage> messages) => IndexOfQuestion(messages) switch
    {
        < 0 => [],
        var index when messages[index].StandsFor is not null => [.. messages[index].Content.Skip(1)],
        var index => messages[index].Content,
    };

    /// <summary>Results of tools with beginning and end only, and without their pictures. Nothing that somebody said goes.</summary>
    public static IEnumerable<ModelMessage> WithShortResults(IEnumerable<ModelMessage> messages, int longest) => messages.Select(message => !message.HasResults ? message : message with
    {
        Content = [.. message.Content.Select(part => part is ModelContent.ToolResult result ? result with { Value = Ends(result.Value, longest), Images = [] } : part)],
    });

    /// <summary>Beginning and end of a text; the end is the newer part, so it gets the larger share.</summary>
    public static string Ends(string text, int max)
    {
        if (text.Length <= max)
            return text;
        var head = max / 4;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, head)} … {text.AsSpan(text.Length - (max - head))}");
    }

    static int IndexOfQuestion(IReadOnlyList<ModelMessage> messages)
    {
        var index = messages.Count - 1;
        while (index >= 0 && !messages[index].IsOfUser)
            index--;
        return index;
    }

    static bool BeginsRound(IReadOnlyList<ModelMessage> messages, int index) =>
        index > 0 && messages[index].Role == MessageRole.Assistant && messages[index - 1].Role == MessageRole.User;
}
