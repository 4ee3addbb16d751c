using System.Globalization;
using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Asks the model, runs the tools it calls, and asks again, until the work is done, has to wait, or has used up what it may.</summary>
sealed class AgentLoop(ModelRound round, ToolRunner runner, FinishCheck finish, Compactor compactor, Lessons lessons, AntonSettings settings)
{
    const int MostContinuations = 3;
    const double FullContext = 0.7;
    const string GoOn = "(Your reply was cut off by its length limit. Continue exactly where it ended, without repeating anything and without a remark.)";
    const string LimitWords = "This turn has reached its limit before the work was done. Shall I go on?";
    const string SayIt = "(You have said nothing. Tell the user the result in a few sentences.)";

    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnState turn, [EnumeratorCancellation] CancellationToken ct)
    {
        var progress = new Progress(settings.MaxToolRounds, settings.MaxTokensOf(turn.Request));
        while (!progress.IsOver)
        {
            // What was sent while nobody ran tools: warnings from the start, usage of side jobs.
            while (turn.Events.TryRead(out var left))
                if (left is not null)
                    yield return left;

            var reply = new RoundReply();
            await foreach (var e in round.RunAsync(turn, turn.Next, reply, progress.IsNewParagraph, ct))
            {
                turn.Count(e);
                yield return e;
            }

            turn.Next = turn.Next with { Messages = reply.Asked!.Messages };
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
                await foreach (var e in ActAsync(turn, progress, [.. reply.Calls], ct))
                    yield return e;
                if (reply.InputTokens > FullContext * ContextWindows.Of(turn.Planning.Model, settings.ContextWindow) && await CompactAsync(turn, progress, ct) is { } notice)
                    yield return notice;
            }
            else if (!reply.IsPaused)
            {
                await foreach (var e in EndAsync(turn, progress, reply, ct))
                    yield return e;
            }
        }

        if (progress.Streaks.Overcome is { } tool)
            await lessons.KeepAsync(turn, tool, ct);
        while (turn.Events.TryRead(out var left))
            if (left is not null)
                yield return left;
    }

    /// <summary>Past the limits: the calls are not run, and the model has to come to an end in words.</summary>
    static IEnumerable<HarnessEvent> Refuse(TurnState turn, Progress progress, IEnumerable<ModelContent.ToolCall> calls, string note)
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
    async IAsyncEnumerable<HarnessEvent> ActAsync(TurnState turn, Progress progress, IReadOnlyList<ModelContent.ToolCall> calls, [EnumeratorCancellation] CancellationToken ct)
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
    async IAsyncEnumerable<HarnessEvent> EndAsync(TurnState turn, Progress progress, RoundReply reply, [EnumeratorCancellation] CancellationToken ct)
    {
        if (reply.WasCutShort)
        {
            if (progress.MayContinueText())
            {
                turn.Add(new ModelMessage(MessageRole.User, GoOn));
                yield break;
            }

            yield return new HarnessEvent.Warning("answer_cut_short", "The answer reached the longest length that was allowed. Ask Anton to go on.");
        }

        progress.IsOver = true;
        if (progress.IsClosing && !progress.HasSpoken)
            yield return new HarnessEvent.TextDelta(LimitWords);
        if (!progress.UsedTools || progress.IsClosing || progress.Continuations == MostContinuations)
            yield break;
        if (await finish.JudgeAsync(turn, reply.Text, progress.Streaks.LastRoundFailed, ct) is not { } verdict)
            yield break;
        progress.IsOver = false;
        progress.Continuations++;
        yield return new HarnessEvent.Progress("analyzing", "Checking the result");
        if (verdict.IsStuck)
            Close(turn, progress, verdict.Note);
        else
            turn.Add(new ModelMessage(MessageRole.User, verdict.Note));
    }

    async Task<HarnessEvent?> CompactAsync(TurnState turn, Progress progress, CancellationToken ct)
    {
        // Once in so many rounds: a conversation that stays full would be summarised again and again.
        if (!progress.MayCompact() || await compactor.CompactAsync(turn, turn.Next.Messages, ct) is not { } shorter)
            return null;
        turn.Next = turn.Next with { Messages = shorter };
        return Compactor.Notice;
    }

    /// <summary>A reply with nothing in it: more room where it was all thinking, a reminder after tools, else a failure.</summary>
    static void AfterNothing(TurnState turn, Progress progress, ProviderFailure emptiness)
    {
        if (emptiness.Kind == FailureKind.OnlyReasoning && progress.MayWiden())
            turn.Next = turn.Next with { MaxOutputTokens = turn.Next.MaxOutputTokens * 2 };
        else if (emptiness.Kind == FailureKind.EmptyAnswer && progress.UsedTools && progress.MayRemind())
            turn.Add(new ModelMessage(MessageRole.User, SayIt));
        else if (progress.HasSpoken)
            // What was said before stands; an error under a good answer would only confuse.
            progress.IsOver = true;
        else
            throw emptiness.ToException(turn.Planning);
    }

    static void Close(TurnState turn, Progress progress, string note)
    {
        progress.IsClosing = true;
        turn.Next = turn.Next with { ToolsClosed = true };
        turn.Add(new ModelMessage(MessageRole.User, note));
    }

    /// <summary>How far a turn has come.</summary>
    sealed class Progress(int maxRounds, long maxTokens)
    {
        const int RoundsBetweenCompactions = 8;
        int _rounds;
        int _cuts;
        int _compactedAt = -RoundsBetweenCompactions;
        bool _wasWidened;
        bool _wasReminded;
        bool _continuesText;

        public ErrorStreaks Streaks { get; } = new();

        public bool IsOver { get; set; }

        /// <summary>Whether the next reply is the last one, in words.</summary>
        public bool IsClosing { get; set; }

        public bool UsedTools => _rounds > 0;

        public int Continuations { get; set; }

        /// <summary>Whether the user has read anything in this turn.</summary>
        public bool HasSpoken { get; private set; }

        /// <summary>Whether the next text must not run into what was said before.</summary>
        public bool IsNewParagraph => HasSpoken && !_continuesText;

        public void Saw(RoundReply reply)
        {
            HasSpoken |= !string.IsNullOrWhiteSpace(reply.Text);
            _continuesText = reply.IsPaused;
        }

        public bool MayContinueText() => _continuesText = _cuts++ < MostContinuations;

        public bool MayWiden() => !_wasWidened && (_wasWidened = true);

        public bool MayRemind() => !_wasReminded && (_wasReminded = true);

        public bool MayCompact()
        {
            if (_rounds - _compactedAt < RoundsBetweenCompactions)
                return false;
            _compactedAt = _rounds;
            return true;
        }

        /// <summary>Counts a round of tools.</summary>
        public void Acted() => _rounds++;

        /// <summary>What the model is told when it wants tools and has used up what it may, else <c>null</c>.</summary>
        public string? LimitReached(TurnState turn)
        {
            var used = _rounds >= maxRounds ? string.Create(CultureInfo.InvariantCulture, $"{_rounds} rounds of tools")
                : turn.Tokens >= maxTokens ? string.Create(CultureInfo.InvariantCulture, $"{turn.Tokens:N0} tokens")
                : null;
            if (used is null)
                return null;
            var ask = turn.Request.IsInteractive ? "and ask whether you shall go on." : "and what is left to do. Nobody can answer now.";
            return $"(This turn has used {used}, which is its limit. Do not call tools any more. Say briefly what is done, what is left, {ask})";
        }
    }
}
