using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools;

/// <summary>Model calls beside the conversation: summaries, checks, and what code in a cell asks. Their tokens count like all others.</summary>
sealed class SideModel(LanguageModels models, RetryPolicy retries, TimeProvider time)
{
    /// <summary>One whole reply of a model.</summary>
    /// <param name="choice">Which model; usually the turn's coding model.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="emit">Gets the usage, and what to tell while it waits.</param>
    /// <param name="ct">The turn's token.</param>
    /// <exception cref="HarnessException">The call failed, after retries where these help.</exception>
    public async Task<SideReply> AskAsync(ModelChoice choice, ModelRequest request, Action<HarnessEvent> emit, CancellationToken ct)
    {
        var model = models.Get(choice);
        for (var retry = 0; ; retry++)
        {
            var (reply, failure) = await OnceAsync(model, request, emit, ct);
            if (failure is null)
                return reply;
            if (retries.After(failure, retry, choice, Patience.OfSideJob) is not { } next)
                throw failure.ToException(choice);
            if (next.Notice is { } notice)
                emit(notice);
            await retries.WaitAsync(next.Delay, ct);
        }
    }

    async Task<(SideReply Reply, ProviderFailure? Failure)> OnceAsync(ILanguageModel model, ModelRequest request, Action<HarnessEvent> emit, CancellationToken ct)
    {
        var text = new System.Text.StringBuilder();
        var calls = new List<ModelContent.ToolCall>();
        var stop = StopReason.EndOfTurn;
        await using var reply = new Reply(model, request, time, ct);
        while (await reply.NextAsync() is { } e)
        {
            switch (e)
            {
                case ModelEvent.TextDelta delta:
                    text.Append(delta.Text);
                    break;
                case ModelEvent.ToolCalled called:
                    calls.Add(called.Call);
                    break;
                case ModelEvent.Completed completed:
                    stop = completed.Stop;
                    if (completed.Usage is { } usage)
                        emit(new HarnessEvent.Usage(usage.InputTokens, usage.OutputTokens) { CachedInputTokens = usage.CachedInputTokens });
                    break;
            }
        }

        return (new(text.ToString(), calls, stop), reply.Failure);
    }
}

/// <summary>A whole reply.</summary>
sealed record SideReply(string Text, IReadOnlyList<ModelContent.ToolCall> Calls, StopReason Stop);
