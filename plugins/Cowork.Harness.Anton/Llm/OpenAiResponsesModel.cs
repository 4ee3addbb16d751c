using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Cowork.Abstractions;
using OpenAI.Responses;

namespace Cowork.Harness.Anton.Llm;

/// <summary>OpenAI's Responses API. Nothing is stored there: the conversation goes with every call, reasoning as the provider sealed it.</summary>
sealed class OpenAiResponsesModel(HttpClient http, Uri? baseUrl, Secret? key, string model) : ILanguageModel
{
    readonly ResponsesClient _client = new(new ApiKeyCredential(key?.Reveal() ?? "none"), Options(http, baseUrl));

    public async IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var calls = new StreamedToolCalls();
        var called = false;
        ModelEvent.Completed? end = null;
        await foreach (var update in _client.CreateResponseStreamingAsync(CallOptions(request), ct))
        {
            switch (update)
            {
                case StreamingResponseOutputTextDeltaUpdate { Delta.Length: > 0 } text:
                    yield return new ModelEvent.TextDelta(text.Delta);
                    break;
                case StreamingResponseRefusalDeltaUpdate { Delta.Length: > 0 } refusal:
                    yield return new ModelEvent.TextDelta(refusal.Delta);
                    break;
                case StreamingResponseReasoningSummaryTextDeltaUpdate { Delta.Length: > 0 } reasoning:
                    yield return new ModelEvent.ReasoningDelta(reasoning.Delta);
                    break;
                case StreamingResponseOutputItemAddedUpdate { Item: FunctionCallResponseItem call } added:
                    if (calls.Add(added.OutputIndex, call.CallId, call.FunctionName, null) is { } started)
                        yield return started;
                    break;
                case StreamingResponseFunctionCallArgumentsDeltaUpdate piece:
                    calls.Add(piece.OutputIndex, null, null, piece.Delta.ToString());
                    break;
                case StreamingResponseOutputItemDoneUpdate done when calls.Take(done.OutputIndex) is { } complete:
                    called = true;
                    yield return complete;
                    break;
                case StreamingResponseOutputItemDoneUpdate { Item: ReasoningResponseItem { EncryptedContent: not null } or WebSearchCallResponseItem } done:
                    yield return new ModelEvent.ProviderPart(new(ModelReaderWriter.Write(done.Item).ToString()), done.Item is WebSearchCallResponseItem ? "Searching the web" : "");
                    break;
                case StreamingResponseCompletedUpdate completed:
                    end = new(called ? StopReason.ToolUse : StopReason.EndOfTurn, UsageOf(completed.Response));
                    break;
                case StreamingResponseIncompleteUpdate incomplete:
                    end = new(WasFiltered(incomplete.Response) ? StopReason.Refused : StopReason.MaxTokens, UsageOf(incomplete.Response));
                    break;
                case StreamingResponseFailedUpdate failed:
                    throw Failure(failed.Response.Error?.Code.ToString(), failed.Response.Error?.Message);
                case StreamingResponseErrorUpdate error:
                    throw Failure(error.Code, error.Message);
            }
        }

        yield return end ?? throw new EndOfStreamException("The stream ended without a closing event.");
    }

    static ResponsesClientOptions Options(HttpClient http, Uri? baseUrl)
    {
        var options = new ResponsesClientOptions().Over(http);
        if (baseUrl is not null)
            options.Endpoint = baseUrl;
        return options;
    }

    CreateResponseOptions CallOptions(ModelRequest request)
    {
        var options = new CreateResponseOptions(model, ResponsesItems.From(request.Messages))
        {
            Instructions = request.System.ToString(),
            MaxOutputTokenCount = request.MaxOutputTokens,
            StoredOutputEnabled = false,
            StreamingEnabled = true,
        };
        // Without it, reasoning would be lost between two calls of a turn.
        options.IncludedProperties.Add(IncludedResponseProperty.ReasoningEncryptedContent);
        if (request.ReasoningEffort is { Length: > 0 } effort)
            options.ReasoningOptions = new() { ReasoningEffortLevel = effort };
        if (request.ToolsClosed)
            return options;
        foreach (var tool in request.Tools)
            options.Tools.Add(ResponseTool.CreateFunctionTool(tool.Name, tool.Parameters, strictModeEnabled: false, tool.Description));
        if (request.NativeWebSearch)
            options.Tools.Add(ResponseTool.CreateWebSearchTool());
        if (request.ForcedTool is { } forced)
            options.ToolChoice = ResponseToolChoice.CreateFunctionChoice(forced);
        else if (request.MustCallTool)
            options.ToolChoice = ResponseToolChoice.CreateRequiredChoice();
        return options;
    }

    static ModelUsage? UsageOf(ResponseResult response) =>
        response.Usage is { } usage ? new(usage.InputTokenCount, usage.OutputTokenCount, usage.InputTokenDetails?.CachedTokenCount ?? 0) : null;

    static bool WasFiltered(ResponseResult response) => response.IncompleteStatusDetails?.Reason?.ToString() == "content_filter";

    static ProviderHttpException Failure(string? code, string? message)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("code"u8, code);
            json.WriteString("message"u8, message);
            json.WriteEndObject();
        }

        return ProviderErrors.InStream(buffer.WrittenMemory);
    }
}
