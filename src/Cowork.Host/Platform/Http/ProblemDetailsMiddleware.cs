using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Secrets;
using Microsoft.AspNetCore.Http.Features;

namespace Cowork.Host.Platform.Http;

/// <summary>Turns every failed request into problem details; the only place where an exception becomes an answer.</summary>
sealed partial class ProblemDetailsMiddleware(RequestDelegate next, ServerOptions options, ILogger<ProblemDetailsMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            await AnswerAsync(http, e);
            return;
        }

        if (http.Response is not { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            return;
        if (http.Response.StatusCode == StatusCodes.Status405MethodNotAllowed && HttpMethods.IsOptions(http.Request.Method))
            Verbs.AnswerOptions(http.Response);
        else
            await AnswerEmptyAsync(http);
    }

    Task AnswerAsync(HttpContext http, Exception e)
    {
        if (http.Response.BodyWriter.UnflushedBytes > 0)
        {
            // Nothing takes back what was written; half a document must not look like a whole one.
            RequestFailed(log, e, http.Request.Method, http.Request.Path);
            http.Abort();
            return Task.CompletedTask;
        }

        http.Response.Clear();
        switch (e)
        {
            case ApiException api:
                return Problem.WriteAsync(http, api.Status, api.Code, api.Message, api.Fields);
            case MasterKeyException key:
                return Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "master_key_unusable", key.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                var limit = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
                return Problem.WriteAsync(http, StatusCodes.Status413PayloadTooLarge, "too_large", $"The request body is larger than the limit of {limit} bytes.");
            case BadHttpRequestException bad:
                return Problem.WriteAsync(http, bad.StatusCode == 400 ? StatusCodes.Status422UnprocessableEntity : bad.StatusCode, "invalid_request", "The request could not be read. Check the path and the query parameters.");
            case OperationCanceledException when http.RequestAborted.IsCancellationRequested:
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return Task.CompletedTask;
            default:
                if (StorageProblem.Of(e, options.DatabasePath) is { } problem)
                {
                    StorageFailed(log, e, http.Request.Method, http.Request.Path);
                    return Problem.WriteAsync(http, problem.Status, problem.Code, problem.Detail);
                }

                RequestFailed(log, e, http.Request.Method, http.Request.Path);
                return Problem.WriteAsync(http, StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong in the server. Its log says more under this trace id.");
        }
    }

    static Task AnswerEmptyAsync(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.WriteAsync(http, 404, "not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => Problem.WriteAsync(http, 405, "method_not_allowed", $"This address does not take {http.Request.Method}. It takes {http.Response.Headers.Allow}."),
        StatusCodes.Status415UnsupportedMediaType => Problem.WriteAsync(http, 415, "unsupported_media_type", "Send the body as application/json."),
        var status => Problem.WriteAsync(http, status, "request_failed", "The request was refused."),
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    static partial void RequestFailed(ILogger log, Exception e, string method, PathString path);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed at the disk or the database")]
    static partial void StorageFailed(ILogger log, Exception e, string method, PathString path);
}
