using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Turn;

/// <summary>One reply of the model as harness events, repeated or shortened where that helps and nothing was shown yet.</summary>
sealed partial class ModelRound(LanguageModels models, RetryPolicy retries, Compactor compactor, TimeProvider time, ILogger<ModelRound> logger)
{
    /// <param name="turn">The turn, for the model and for what calls beside the conversation need.</param>
    /// <param name="request">What to ask.</param>
    /// <param name="reply">Gets what comes of it.</param>
    /// <param name="isNewParagraph">Whether the text follows an earlier one that it must not run into.</param>
    /// <param name="mayGoOn">Whether a reply that breaks off after its first words is an unfinished one, because there is work that must not be lost, and not a failure.</param>
    /// <param name="ct">The turn's token.</param>
    /// <exception cref="HarnessException">No reply could be had.</exception>
    public async IAsyncEnumerable<HarnessEvent> RunAsync(
        TurnState turn, ModelRequest request, RoundReply reply, bool isNewParagraph, bool mayGoOn, [EnumeratorCancellation] CancellationToken ct)
    {
        var choice = turn.Planning;
        var model = models.Get(choice);
        var recovery = new Recovery(retries, choice, turn.Request.IsInteractive ? Patience.OfPerson : Patience.OfSchedule);
        var calls = new ShownCalls(turn);
        var wasCompacted = false;

        while (true)
        {
            reply.Begin(request);
            ProviderFailure? failure;
            await using (var stream = new Reply(model, request, time, ct))
            {
                while (await stream.NextAsync() is { } said)
                {
                    var e = calls.Own(said, out var isKnown);
                    if (isNewParagraph && !reply.WasShown && e is ModelEvent.TextDelta { Text: var first } && !string.IsNullOrWhiteSpace(first))
                        yield return new HarnessEvent.TextDelta("\n\n");
                    reply.Add(e);
                    if (!isKnown && ToEvent(e, turn) is { } shown)
                        yield return shown;
                }

                failure = stream.Failure;
            }

            if (failure is null)
            {
                turn.Count(reply.TotalTokens);
                foreach (var e in calls.Close())
                    yield return e;
                yield break;
            }

            LogFailure(choice, failure);
            foreach (var e in calls.Break())
                yield return e;
            if (failure.Kind == FailureKind.ContextOverflow && !wasCompacted && !reply.WasShown && Shortening.OlderPart(request.Messages) is > 0 and var split)
            {
                wasCompacted = true;
                await foreach (var e in compactor.CompactAsync(turn, request.Messages, split, shorter => request = request with { Messages = shorter }, ct))
                    yield return e;
                continue;
            }

            // Nothing may be said twice: after its first words a reply goes on, or fails.
            var next = reply.WasShown && !(mayGoOn && failure.IsTransient) ? null : recovery.After(failure, request);
            if (next is null || reply.WasShown)
            {
                foreach (var e in calls.Close())
                    yield return e;
            }

            if (next is null)
                throw failure.ToException(choice);
            if (next.Notice is { } notice)
                yield return notice;
            await retries.WaitAsync(next.Delay, ct);
            if (reply.WasShown)
            {
                reply.BreakOff();
                yield break;
            }

            request = next.Request;
        }
    }

    static HarnessEvent? ToEvent(ModelEvent e, TurnState turn) => e switch
    {
        ModelEvent.TextDelta delta => new HarnessEvent.TextDelta(delta.Text),
        ModelEvent.ReasoningDelta delta => new HarnessEvent.ReasoningDelta(delta.Text),
        ModelEvent.ToolStarted tool => new HarnessEvent.ToolStarted(tool.Id, tool.Name),
        ModelEvent.ToolCalled { Call: var call } =>
            turn.Scrubber.Scrub(new HarnessEvent.ToolArguments(call.Id, call.Name, call.Arguments) { ProviderData = call.ProviderData }),
        ModelEvent.ProviderPart { Activity.Length: > 0 } part => new HarnessEvent.Progress("web_search", part.Activity),
        ModelEvent.Completed { Usage: { } usage } => new HarnessEvent.Usage(usage.InputTokens, usage.OutputTokens) { CachedInputTokens = usage.CachedInputTokens },
        _ => null,
    };

    void LogFailure(ModelChoice choice, ProviderFailure failure)
    {
        // Some providers quote the key they refuse.
        var detail = choice.ApiKey is { } key ? failure.Detail.Replace(key.Reveal(), "***", StringComparison.Ordinal) : failure.Detail;
        ModelCallFailed(logger, choice.Provider, choice.Model, failure.Kind, failure.Cause?.Message ?? "", detail);
    }

    [LoggerMessage(1, LogLevel.Warning, "The call of {Model} at {Provider} failed: {Kind}. {Cause} {Detail}")]
    static partial void ModelCallFailed(ILogger logger, string provider, string model, FailureKind kind, string cause, string detail);
}
