using System.Runtime.CompilerServices;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Anthropic.Services;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Anthropic's Messages API.</summary>
sealed class AnthropicModel(HttpClient http, Uri? baseUrl, Secret? key, string model) : ILanguageModel
{
    // The client itself is let go: disposing it would close the HTTP client that all models share.
    readonly IMessageService _messages = new AnthropicClient(Options(http, baseUrl, key)).Messages;

    public async IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        StopReason? stop = null;
        var usage = new ModelUsage(0, 0, 0);

        await using var events = _messages.CreateStreaming(Parameters(request), ct).GetAsyncEnumerator(ct);
        while (await NextAsync(events, stop))
        {
            var current = events.Current;
            if (current.TryPickContentBlockDelta(out var block))
            {
                if (block.Delta.TryPickText(out var text))
                {
                    if (text.Text.Length > 0)
                        yield return new ModelEvent.TextDelta(text.Text);
                }
                else if (block.Delta.TryPickThinking(out var thinking) && thinking.Thinking.Length > 0)
                {
                    yield return new ModelEvent.ReasoningDelta(thinking.Thinking);
                }
            }
            else if (current.TryPickStart(out var start))
            {
                usage = UsageOf(start.Message.Usage);
            }
            else if (current.TryPickDelta(out var delta))
            {
                stop = StopOf(delta.Delta.StopReason) ?? stop;
                usage = usage with { OutputTokens = delta.Usage.OutputTokens };
            }
            else if (current.TryPickStop(out _))
            {
                stop ??= StopReason.EndOfTurn;
            }
        }

        yield return new ModelEvent.Completed(stop ?? throw new EndOfStreamException("The stream ended without a stop event."), usage);
    }

    static Anthropic.Core.ClientOptions Options(HttpClient http, Uri? baseUrl, Secret? key)
    {
        var options = new Anthropic.Core.ClientOptions
        {
            HttpClient = http,
            MaxRetries = 0,
            // Covers the whole body, so it would cut long answers; silence is watched by Reply.
            Timeout = TimeSpan.FromHours(24),
            // Never left unset: the SDK would look for a key in the environment.
            ApiKey = key?.Reveal() ?? "none",
            OpenTelemetry = false,
        };
        // Base URLs come with their version part, which this SDK adds by itself.
        return baseUrl is null ? options : options with { BaseUrl = WithoutVersion(baseUrl) };
    }

    static string WithoutVersion(Uri baseUrl)
    {
        var url = baseUrl.AbsoluteUri.TrimEnd('/');
        return url.EndsWith("/v1", StringComparison.Ordinal) ? url[..^3] : url;
    }

    MessageCreateParams Parameters(ModelRequest request)
    {
        var parameters = new MessageCreateParams
        {
            Model = model,
            MaxTokens = request.MaxOutputTokens,
            System = AnthropicMessages.System(request.System),
            Messages = AnthropicMessages.From(request.Messages),
        };
        return request.ReasoningEffort is { Length: > 0 } effort ? parameters with { OutputConfig = new() { Effort = effort } } : parameters;
    }

    /// <summary>Moves on; what breaks after the stop reason (only the closing event would still come) no longer matters.</summary>
    static async ValueTask<bool> NextAsync(IAsyncEnumerator<RawMessageStreamEvent> events, StopReason? stop)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (AnthropicSseException error) when (stop is null)
        {
            throw ProviderErrors.InStream(error.Body);
        }
        catch (Exception exception) when (stop is not null && exception is not OperationCanceledException)
        {
            return false;
        }
    }

    static ModelUsage UsageOf(Usage usage)
    {
        var cached = usage.CacheReadInputTokens ?? 0;
        return new(usage.InputTokens + cached + (usage.CacheCreationInputTokens ?? 0), usage.OutputTokens, cached);
    }

    static StopReason? StopOf(Anthropic.Core.ApiEnum<string, Anthropic.Models.Messages.StopReason>? reason) => reason?.Raw() switch
    {
        null => null,
        "max_tokens" or "model_context_window_exceeded" => StopReason.MaxTokens,
        "refusal" => StopReason.Refused,
        _ => StopReason.EndOfTurn,
    };
}
