using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Turn;

/// <summary>One reply of the model as harness events, repeated or shortened where that helps and nothing was shown yet.</summary>
sealed partial class ModelRound(LanguageModels models, RetryPolicy retries, TimeProvider time, ILogger<ModelRound> logger)
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(ModelChoice choice, ModelRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var model = models.Get(choice);
        var recovery = new Recovery(retries, FailureSentences.Label(choice));

        while (true)
        {
            var answer = new Answer();
            ProviderFailure? failure;
            await using (var reply = new Reply(model, request, time, ct))
            {
                while (await reply.NextAsync() is { } e)
                {
                    answer.Add(e);
                    switch (e)
                    {
                        case ModelEvent.TextDelta delta:
                            yield return new HarnessEvent.TextDelta(delta.Text);
                            break;
                        case ModelEvent.ReasoningDelta delta:
                            yield return new HarnessEvent.ReasoningDelta(delta.Text);
                            break;
                        case ModelEvent.Completed { Usage: { } usage }:
                            yield return new HarnessEvent.Usage(usage.InputTokens, usage.OutputTokens) { CachedInputTokens = usage.CachedInputTokens };
                            break;
                    }
                }

                failure = reply.Failure ?? answer.Failure;
            }

            if (failure is null)
            {
                if (answer.WasCutShort)
                    yield return new HarnessEvent.Warning("answer_cut_short", "The answer reached the longest length that was allowed. Ask Anton to go on.");
                yield break;
            }

            LogFailure(choice, failure);
            var next = answer.WasShown ? null : recovery.After(failure, request);
            if (next is null)
                throw failure.ToException(choice);

            if (next.Notice is { } notice)
                yield return notice;
            await retries.WaitAsync(next.Delay, ct);
            request = next.Request;
        }
    }

    void LogFailure(ModelChoice choice, ProviderFailure failure)
    {
        // Some providers quote the key they refuse.
        var detail = choice.ApiKey is { } key ? failure.Detail.Replace(key.Reveal(), "***", StringComparison.Ordinal) : failure.Detail;
        ModelCallFailed(logger, choice.Provider, choice.Model, failure.Kind, failure.Cause?.Message ?? "", detail);
    }

    [LoggerMessage(1, LogLevel.Warning, "The call of {Model} at {Provider} failed: {Kind}. {Cause} {Detail}")]
    static partial void ModelCallFailed(ILogger logger, string provider, string model, FailureKind kind, string cause, string detail);

    /// <summary>What has come of an answer so far.</summary>
    sealed class Answer
    {
        bool _hasText;
        StopReason? _stop;

        /// <summary>Whether text went out: from then on nothing may be said again.</summary>
        public bool WasShown { get; private set; }

        public bool WasCutShort => _hasText && _stop == StopReason.MaxTokens;

        /// <summary>The failure of a call that ended well and yet answered nothing.</summary>
        public ProviderFailure? Failure => _hasText ? null : new(
            _stop switch
            {
                StopReason.MaxTokens => FailureKind.OnlyReasoning,
                StopReason.Refused => FailureKind.Refused,
                _ => FailureKind.EmptyAnswer,
            },
            IsTransient: false,
            Cause: null);

        public void Add(ModelEvent e)
        {
            if (e is ModelEvent.TextDelta delta)
            {
                WasShown = true;
                _hasText = _hasText || !string.IsNullOrWhiteSpace(delta.Text);
            }
            else if (e is ModelEvent.Completed completed)
            {
                _stop = completed.Stop;
            }
        }
    }
}
