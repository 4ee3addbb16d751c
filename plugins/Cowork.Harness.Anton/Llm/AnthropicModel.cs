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
        var reply = new AnthropicStream();
        await using var events = _messages.CreateStreaming(Parameters(request), ct).GetAsyncEnumerator(ct);
        while (await NextAsync(events, reply.Stop))
            if (reply.Read(events.Current) is { } e)
                yield return e;

        yield return new ModelEvent.Completed(reply.Stop ?? throw new EndOfStreamException("The stream ended without a stop event."), reply.Usage);
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
        if (AnthropicMessages.Tools(request) is { Count: > 0 } tools)
            parameters = parameters with
            {
                Tools = tools,
                // The tools stay: this API refuses a conversation with calls in it when they are gone.
                ToolChoice = request.ToolsClosed ? new ToolChoiceNone() : request.ForcedTool is { } forced ? new ToolChoiceTool(forced) : request.MustCallTool ? new ToolChoiceAny() : new ToolChoiceAuto(),
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
}
