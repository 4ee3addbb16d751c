using System.Globalization;
using System.Text.Json;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Understands what providers and networks do when they fail. The only place that reads error bodies.</summary>
static class ProviderErrors
{
    static readonly string[] BudgetWords = ["quota", "credit", "insufficient", "billing", "used up"];

    static readonly string[] ContextWords =
    [
        "context_length_exceeded", "context length", "maximum context", "prompt is too long", "context limit", "context window",
        "context size", "too many tokens", "input token count", "input is too long", "input length",
    ];

    static readonly string[] ImageWords =
    [
        "image_url", "expected tags", "unsupported image", "image format", "invalid image", "process image", "image media type", "media_type",
        "image input", "support image", "image type", "image exceeds", "image data", "image size", "decode image", "supports images", "vision",
    ];

    /// <summary>How Ollama, vLLM, LM Studio, OpenRouter and Groq say that a model cannot call tools.</summary>
    static readonly string[] ToolWords =
    [
        "support tools", "support tool use", "support tool calling", "tool use is not", "tools are not supported", "tool calling is not", "tools is not supported",
        "support function calling", "function calling is not", "\"auto\" tool choice requires",
    ];

    static readonly string[] UnknownModelWords = ["not found", "does not exist", "invalid model", "unknown model", "not a valid model", "no such model"];

    static readonly string[] RefusalWords = ["unsupported", "unrecognized", "unknown", "unexpected", "extra", "not permitted", "not supported", "not allowed", "invalid"];

    static readonly string[] OutputLimitWords = ["too large", "maximum allowed number of output", "less than or equal"];

    public static ProviderFailure Classify(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ProviderHttpException refusal:
                    return Classify(refusal);
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
                case IOException:
                    return new(FailureKind.ConnectionLost, IsTransient: true, cause);
                case HttpRequestException:
                    return new(FailureKind.Unreachable, IsTransient: true, cause);
                case TimeoutException:
                    return new(FailureKind.Unreachable, IsTransient: true, cause);
            }
        }

        return new(FailureKind.Unreadable, IsTransient: false, exception);
    }

    /// <summary>An error that came inside a stream whose status was 200.</summary>
    public static ProviderHttpException InStream(JsonElement error)
    {
        var body = error.ValueKind == JsonValueKind.Undefined ? "" : error.GetRawText();
        return new(StatusOf(ErrorBody.Parse(body)), body);
    }

    /// <inheritdoc cref="InStream(JsonElement)"/>
    public static ProviderHttpException InStream(ReadOnlyMemory<byte> error)
    {
        var body = System.Text.Encoding.UTF8.GetString(error.Span);
        return new(StatusOf(ErrorBody.Parse(body)), body);
    }

    public static bool RefusesMaxCompletionTokens(ProviderHttpException refusal) =>
        refusal.Status is 400 or 422
        && refusal.Body.Contains("max_completion_tokens", StringComparison.OrdinalIgnoreCase)
        && Array.Exists(RefusalWords, word => refusal.Body.Contains(word, StringComparison.OrdinalIgnoreCase))
        && !IsOutputLimit(refusal.Body);

    static ProviderFailure Classify(ProviderHttpException refusal)
    {
        // The words of a page for people say nothing about the call.
        var error = ErrorBody.Parse(refusal.IsWebPage ? "" : refusal.Body);
        var kind = refusal.Status < 400 ? FailureKind.WrongAddress : KindOf(refusal.Status, error);
        var transient = kind is FailureKind.RateLimited or FailureKind.Overloaded or FailureKind.ServerError;
        return new(kind, transient, refusal) { RetryAfter = refusal.RetryAfter, Detail = error.Summary };
    }

    static FailureKind KindOf(int status, ErrorBody error) => status switch
    {
        400 or 404 or 422 when error.SaysAny(ToolWords) => FailureKind.ToolsRefused,
        401 => FailureKind.KeyRefused,
        402 => FailureKind.BudgetExhausted,
        403 => error.Says("model") ? FailureKind.ModelForbidden : FailureKind.KeyRefused,
        404 => error.Says("model") ? FailureKind.UnknownModel : FailureKind.WrongAddress,
        408 or 409 => FailureKind.Overloaded,
        413 => FailureKind.ContextOverflow,
        429 => error.HasDetail || error.SaysAny(BudgetWords) ? FailureKind.BudgetExhausted : FailureKind.RateLimited,
        500 => FailureKind.ServerError,
        > 500 => FailureKind.Overloaded,
        405 => FailureKind.WrongAddress,
        _ => KindOfBadRequest(error),
    };

    static FailureKind KindOfBadRequest(ErrorBody error)
    {
        if (IsOutputLimit(error.Text))
            return FailureKind.OutputLimitTooHigh;
        if (error.SaysAny(ContextWords))
            return FailureKind.ContextOverflow;
        if (error.SaysAny(ImageWords))
            return FailureKind.ImageRefused;
        if (error.Says("credit balance") || error.Says("insufficient_quota"))
            return FailureKind.BudgetExhausted;
        if (error.Says("api key") || error.Says("api_key"))
            return FailureKind.KeyRefused;
        if (error.Says("model") && error.SaysAny(UnknownModelWords))
            return FailureKind.UnknownModel;
        return FailureKind.Rejected;
    }

    static bool IsOutputLimit(string text) =>
        (text.Contains("max_tokens", StringComparison.OrdinalIgnoreCase) || text.Contains("max_completion_tokens", StringComparison.OrdinalIgnoreCase))
        && Array.Exists(OutputLimitWords, word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The HTTP status that stands for an error inside a stream; an error that says nothing is the server's own.</summary>
    static int StatusOf(ErrorBody error)
    {
        if (int.TryParse(error.Code, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 400 and < 600)
            return status;
        return (error.Type is { Length: > 0 } type ? type : error.Code) switch
        {
            "authentication_error" => 401,
            "billing_error" or "insufficient_quota" => 402,
            "permission_error" => 403,
            "not_found_error" => 404,
            "request_too_large" => 413,
            "invalid_request_error" or "invalid_request" => 400,
            "rate_limit_error" or "rate_limit_exceeded" => 429,
            "overloaded_error" => 529,
            _ => 500,
        };
    }
}
