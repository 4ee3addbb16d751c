using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Asks the model, runs the tools it calls, and asks again, until the work is done, has to wait, or has used up what it may.</summary>
sealed class AgentLoop(ModelRound round, ToolRunner runner, FinishCheck finish, Compactor compactor, Lessons lessons, AntonSettings settings)
{
    const double FullContext = 0.7;
    const string GoOn = "(Your reply was cut off. Continue exactly where it ended, without repeating anything and without a remark.)";
    const string LimitWords = "This turn has reached its limit before the work was done. Shall I go on?";
    const string AnswerNow = "(You have searched for long enough. Answer now with what you have.)";
    const string SayIt = "(You have said nothing. Tell the user the result in a few sentences.)";

    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnState turn, [EnumeratorCancellation] CancellationToken ct)
    {
        var progress = new LoopProgress(settings.MaxToolRounds, settings.MaxTokensOf(turn.Request));
        while (!progress.IsOver)
        {
            foreach (var e in turn.Pending())
                yield return e;
            await foreach (var e in MakeRoomAsync(turn, progress, ct))
                yield return e;

            var reply = new RoundReply();
            await foreach (var e in round.RunAsync(turn, turn.Next, reply, progress.IsNewParagraph, progress.UsedTools && progress.CanContinueText, ct))
                yield return e;

            turn.Next = turn.Next with { Messages = reply.Asked!.Messages, Tools = reply.Asked.Tools, NativeWebSearch = reply.Asked.NativeWebSearch };
            progress.Saw(reply);
            if (reply.Emptiness is { } emptiness)
            {
                AfterNothing(turn, progress, emptiness);
                continue;
            }

            turn.Add(reply.ToMessage());
            if (reply.HasCalls && !progress.IsClosing && progress.LimitReached(turn) is { } note)
            {
                foreach (var e in Refuse(turn, progress, reply.Calls, note))
                    yield return e;
            }
            else if (reply.HasCalls && !progress.IsClosing)
            {
                // Its last call is not whole, and would be cut at the same place again.
                if (reply.WasCutShort)
                    Widen(turn);
                await foreach (var e in ActAsync(turn, progress, [.. reply.Calls], ct))
                    yield return e;
            }
            else if (reply.IsPaused && !progress.IsClosing)
            {
                if (!progress.MayResume())
                    Close(turn, progress, AnswerNow);
            }
            else
            {
                await foreach (var e in EndAsync(turn, progress, reply, ct))
                    yield return e;
            }
        }

        if (progress.Streaks.Overcome is { } tool)
        {
            await foreach (var e in turn.WatchAsync(stop => lessons.KeepAsync(turn, tool, stop), ct))
                yield return e;
        }
    }

    /// <summary>Past the limits: the calls are not run, and the model has to come to an end in words.</summary>
    static IEnumerable<HarnessEvent> Refuse(TurnState turn, LoopProgress progress, IEnumerable<ModelContent.ToolCall> calls, string note)
    {
        const string NotRun = "Not run: the limit of this turn is reached.";
        List<ModelContent> results = [];
        foreach (var call in calls)
        {
            results.Add(new ModelContent.ToolResult(call.Id, NotRun, IsError: true));
            yield return new HarnessEvent.ToolCompleted(call.Id, call.Name, IsError: true, NotRun);
        }

        turn.Add(new ModelMessage(MessageRole.User, results));
        Close(turn, progress, note);
    }

    /// <summary>Runs the tools and hands their results to the model.</summary>
    async IAsyncEnumerable<HarnessEvent> ActAsync(TurnState turn, LoopProgress progress, IReadOnlyList<ModelContent.ToolCall> calls, [EnumeratorCancellation] CancellationToken ct)
    {
        var results = new List<ModelContent.ToolResult>(calls.Count);
        progress.Streaks.BeginRound();
        await foreach (var e in runner.RunAsync(turn, calls, progress.Streaks, results, ct))
            yield return e;
        turn.Add(new ModelMessage(MessageRole.User, [.. results]));
        progress.Acted();
        yield return new HarnessEvent.Progress("reasoning_start", "Thinking...");
    }

    /// <summary>The model has answered in words: it goes on where it was cut off, is asked again where the work is not done, or the turn is over.</summary>
    async IAsyncEnumerable<HarnessEvent> EndAsync(TurnState turn, LoopProgress progress, RoundReply reply, [EnumeratorCancellation] CancellationToken ct)
    {
        if (reply.WasCutShort)
        {
            if (progress.MayContinueText())
            {
                turn.Note(GoOn);
                yield break;
            }

            yield return new HarnessEvent.Warning("answer_cut_short", "The answer reached the longest length that was allowed. Ask Anton to go on.");
        }

        progress.IsOver = true;
        if (progress.IsClosing && !progress.HasSpoken)
            yield return new HarnessEvent.TextDelta(LimitWords);
        if (!progress.UsedTools || progress.IsClosing || progress.Continuations == LoopProgress.MostContinuations)
            yield break;
        FinishVerdict? verdict = null;
        await foreach (var e in turn.WatchAsync(async stop => verdict = await finish.JudgeAsync(turn, reply.Text, progress.Streaks.LastRoundFailed, stop), ct))
            yield return e;
        if (verdict is null)
            yield break;
        progress.IsOver = false;
        progress.Continuations++;
        yield return new HarnessEvent.Progress("analyzing", "Checking the result");
        if (verdict.IsStuck)
            Close(turn, progress, verdict.Note);
        else
            turn.Note(verdict.Note);
    }

    /// <summary>Shortens a conversation that fills most of what the model can read, before it is refused or silently cut.</summary>
    async IAsyncEnumerable<HarnessEvent> MakeRoomAsync(TurnState turn, LoopProgress progress, [EnumeratorCancellation] CancellationToken ct)
    {
        // What the last call read is known; what has come since is estimated.
        var tokens = progress.Last is { } last
            ? last.InputTokens + ConversationSize.TokensOf(turn.Next.Messages.Skip(last.Asked!.Messages.Count))
            : ConversationSize.TokensOf(turn.Next);
        if (tokens <= FullContext * ContextWindows.Of(turn.Planning.Model, settings.ContextWindow) || Shortening.OlderPart(turn.Next.Messages) is not (> 0 and var split) || !progress.MayCompact())
            yield break;
        await foreach (var e in compactor.CompactAsync(turn, turn.Next.Messages, split, shorter => turn.Next = turn.Next with { Messages = shorter }, ct))
            yield return e;
    }

    /// <summary>A reply with nothing in it: more room where it was all thinking, a reminder after tools, else a failure.</summary>
    static void AfterNothing(TurnState turn, LoopProgress progress, ProviderFailure emptiness)
    {
        if (emptiness.Kind == FailureKind.OnlyReasoning && progress.MayWiden())
            Widen(turn);
        else if (emptiness.Kind == FailureKind.EmptyAnswer && progress.UsedTools && progress.MayRemind())
            turn.Note(SayIt);
        else if (progress.HasSpoken)
            // What was said before stands; an error under a good answer would only confuse.
            progress.IsOver = true;
        else
            throw emptiness.ToException(turn.Planning);
    }

    static void Widen(TurnState turn) => turn.Next = turn.Next with { MaxOutputTokens = Math.Min(turn.Next.MaxOutputTokens * 2, OutputLimits.Most) };

    static void Close(TurnState turn, LoopProgress progress, string note)
    {
        progress.IsClosing = true;
        turn.Next = turn.Next with { ToolsClosed = true };
        turn.Note(note);
    }
}
