using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text;
using Cowork.Abstractions;
using OpenAI;
using OpenAI.Chat;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Chat Completions, as OpenAI and everything compatible with it speak them.</summary>
sealed class OpenAiChatModel(HttpClient http, Uri? baseUrl, Secret? key, string model) : ILanguageModel
{
    readonly ChatClient _client = new(model, new ApiKeyCredential(key?.Reveal() ?? "none"), Options(http, baseUrl));

    // Learned from a refusal and kept once the other name has worked: old local servers know only the older name of the output limit.
    volatile bool _knowsOnlyMaxTokens;

    public async IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        StopReason? stop = null;
        ModelUsage? usage = null;
        var calls = new StreamedToolCalls();

        var (updates, any) = await OpenAsync(request, ct);
        await using (updates)
        {
            while (any)
            {
                var update = updates.Current;
                if (TextOf(update) is { Length: > 0 } text)
                    yield return new ModelEvent.TextDelta(text);
                else if (update.Usage is null && ReasoningOf(update) is { Length: > 0 } reasoning)
                    yield return new ModelEvent.ReasoningDelta(reasoning);
                foreach (var piece in update.ToolCallUpdates)
                    if (Add(calls, piece) is { } started)
                        yield return started;

                if (update.FinishReason is { } finish)
                    stop = StopOf(finish);
                if (update.Usage is { } tokens)
                    usage = new(tokens.InputTokenCount, tokens.OutputTokenCount, tokens.InputTokenDetails?.CachedTokenCount ?? 0);

                (any, stop) = await NextAsync(updates, stop);
            }
        }

        // A call may be whole by chance: nobody knows what was still to come.
        if (stop is null)
            throw new EndOfStreamException("The stream ended without a finish reason.");
        var wantsTools = calls.Any;
        foreach (var called in calls.TakeAll())
            yield return called;
        // Some servers end a reply full of tool calls with "stop".
        if (wantsTools && stop is StopReason.EndOfTurn)
            stop = StopReason.ToolUse;
        yield return new ModelEvent.Completed(stop.Value, usage);
    }

    static ModelEvent.ToolStarted? Add(StreamedToolCalls calls, StreamingChatToolCallUpdate piece)
    {
        // Gemini refuses a later turn in which the signature of a thought is missing beside the call that came of it.
        var signature = piece.Patch.Contains("$.extra_content"u8) && piece.Patch.TryGetJson("$.extra_content"u8, out var json) ? Encoding.UTF8.GetString(json.Span) : null;
        return calls.Add(piece.Index, piece.ToolCallId, piece.FunctionName, piece.FunctionArgumentsUpdate?.ToString(), signature);
    }

    static OpenAIClientOptions Options(HttpClient http, Uri? baseUrl)
    {
        var options = new OpenAIClientOptions().Over(http);
        if (baseUrl is not null)
            options.Endpoint = baseUrl;
        return options;
    }

    async Task<(IAsyncEnumerator<StreamingChatCompletionUpdate> Updates, bool Any)> OpenAsync(ModelRequest request, CancellationToken ct)
    {
        var messages = OpenAiMessages.From(request);
        var onlyMaxTokens = _knowsOnlyMaxTokens;
        while (true)
        {
            var updates = _client.CompleteChatStreamingAsync(messages, CallOptions(request, onlyMaxTokens), ct).GetAsyncEnumerator(ct);
            try
            {
                var any = await updates.MoveNextAsync();
                _knowsOnlyMaxTokens = onlyMaxTokens;
                return (updates, any);
            }
            catch (ProviderHttpException refusal) when (!onlyMaxTokens && ProviderErrors.RefusesMaxCompletionTokens(refusal))
            {
                onlyMaxTokens = true;
                await updates.DisposeAsync();
            }
            catch
            {
                await updates.DisposeAsync();
                throw;
            }
        }
    }

    static ChatCompletionOptions CallOptions(ModelRequest request, bool onlyMaxTokens)
    {
        // The SDK asks for stream_options.include_usage by itself.
        var options = new ChatCompletionOptions();
        if (onlyMaxTokens)
            options.Patch.Set("$.max_tokens"u8, request.MaxOutputTokens);
        else
            options.MaxOutputTokenCount = request.MaxOutputTokens;
        if (request.ReasoningEffort is { Length: > 0 } effort)
            options.ReasoningEffortLevel = effort;
        if (request.ToolsClosed)
            return options;
        foreach (var tool in request.Tools)
            options.Tools.Add(ChatTool.CreateFunctionTool(tool.Name, tool.Description, tool.Parameters));
        if (request.ForcedTool is { } forced)
            options.ToolChoice = ChatToolChoice.CreateFunctionChoice(forced);
        else if (request.MustCallTool)
            options.ToolChoice = ChatToolChoice.CreateRequiredChoice();
        return options;
    }

    /// <summary>Moves on; what breaks after the finish reason (only usage would still come) no longer matters.</summary>
    static async ValueTask<(bool Any, StopReason? Stop)> NextAsync(IAsyncEnumerator<StreamingChatCompletionUpdate> updates, StopReason? stop)
    {
        try
        {
            return (await updates.MoveNextAsync(), stop);
        }
        catch (ArgumentOutOfRangeException unknown) when (unknown.ActualValue is string and not "error")
        {
            // The SDK knows five finish reasons and throws on others, which some servers send; the answer is complete all the same.
            return (false, StopReason.EndOfTurn);
        }
        catch (Exception exception) when (stop is not null && exception is not OperationCanceledException)
        {
            return (false, stop);
        }
    }

    static string? TextOf(StreamingChatCompletionUpdate update)
    {
        var content = update.ContentUpdate;
        if (content.Count > 0 && content[0].Text is { Length: > 0 } text)
            return text;
        return update.RefusalUpdate;
    }

    /// <summary>Fields that the SDK has no type for. Looked up only in chunks that carry no text.</summary>
    static string? ReasoningOf(StreamingChatCompletionUpdate update)
    {
        if (update.Patch.Contains("$.error"u8) && update.Patch.TryGetJson("$.error"u8, out var error) && !error.Span.SequenceEqual("null"u8))
            throw ProviderErrors.InStream(error);
        return Raw(update, "$.choices[0].delta.reasoning_content"u8) ?? Raw(update, "$.choices[0].delta.reasoning"u8);
    }

    static string? Raw(StreamingChatCompletionUpdate update, ReadOnlySpan<byte> path) =>
        update.Patch.TryGetValue(path, out string? text) ? text : null;

    static StopReason StopOf(ChatFinishReason finish) => finish switch
    {
        ChatFinishReason.Length => StopReason.MaxTokens,
        ChatFinishReason.ContentFilter => StopReason.Refused,
        ChatFinishReason.ToolCalls or ChatFinishReason.FunctionCall => StopReason.ToolUse,
        _ => StopReason.EndOfTurn,
    };
}
