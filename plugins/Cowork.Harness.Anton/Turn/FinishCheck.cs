using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Decides whether a turn that used tools has done what it was asked for. Rules first, so that it usually costs nothing.</summary>
sealed class FinishCheck(SideModel side)
{
    const string Instructions =
        """
        You check whether an agent has finished what a person asked for. Judge the final state, not errors on the way that were overcome.
        Answer with one line that begins with exactly one of:
        STATUS: COMPLETE - the request is fulfilled, or the reply says honestly that it cannot be.
        STATUS: WAITING - the reply asks the person something and has to wait for the answer.
        STATUS: INCOMPLETE - the agent stopped although it could go on by itself. Say in one sentence what is missing.
        STATUS: STUCK - something stands in the way that the reply does not explain. Say what.
        """;

    /// <summary>What the agent is told to do next, or <c>null</c> when the turn is over.</summary>
    /// <param name="turn">The turn; the final reply is its last message.</param>
    /// <param name="answer">The final reply.</param>
    /// <param name="lastRoundFailed">Whether a tool failed just before it.</param>
    /// <param name="ct">The turn's token.</param>
    public async Task<FinishVerdict?> JudgeAsync(TurnState turn, string answer, bool lastRoundFailed, CancellationToken ct)
    {
        if (AsksSomething(answer) || (!lastRoundFailed && !UnfinishedWords.AreIn(answer)))
            return null;
        string verdict;
        try
        {
            verdict = (await side.AskAsync(turn.Coding, Question(turn, answer), turn.Emit, ct)).Text;
        }
        catch (HarnessException)
        {
            // A check that fails must not spoil an answer that stands.
            return null;
        }

        var reason = verdict[(verdict.IndexOf("STATUS:", StringComparison.Ordinal) is var at and >= 0 ? at : verdict.Length)..].Trim();
        if (reason.StartsWith("STATUS: INCOMPLETE", StringComparison.Ordinal))
            return new(IsStuck: false, $"(A check says that the work is not finished: {reason} Go on with it now. Do not repeat what you have already told the user.)");
        if (reason.StartsWith("STATUS: STUCK", StringComparison.Ordinal))
            return new(IsStuck: true, $"(A check says that you are stuck: {reason} Do not try again. Tell the user in a few sentences what was done, what stands in the way and what they can do.)");
        return null;
    }

    static bool AsksSomething(string answer)
    {
        var end = answer.AsSpan().TrimEnd().TrimEnd("*_)\"”» ");
        return end.Length > 0 && end[^1] is '?' or '？' or '؟';
    }

    static ModelRequest Question(TurnState turn, string answer)
    {
        var asked = string.Join("\n\n", turn.Request.Input.OfType<ContentBlock.TextBlock>().Select(block => block.Text));
        var results = turn.Next.Messages.SelectMany(message => message.Content).OfType<ModelContent.ToolResult>().TakeLast(3)
            .Select(result => $"{(result.IsError ? "FAILED: " : "")}{Shortening.Ends(result.Value, 600)}");
        var text = $"The person asked:\n{Shortening.Ends(asked, 4_000)}\n\nThe last results of tools:\n{string.Join("\n---\n", results)}\n\nThe agent's reply:\n{Shortening.Ends(answer, 6_000)}";
        return new()
        {
            System = new(Instructions, ""),
            Messages = [new(MessageRole.User, text)],
            // Models that think aloud need room before they come to the verdict.
            MaxOutputTokens = 2048,
            ReasoningEffort = turn.Coding.ReasoningEffort,
        };
    }
}

/// <param name="IsStuck">Whether the agent shall explain itself rather than go on.</param>
/// <param name="Note">What it is told.</param>
sealed record FinishVerdict(bool IsStuck, string Note);
