using Cowork.Host.Platform.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cowork.Host.Features.Conversations;

/// <summary>Copies of conversations: within the server, out of it and into it.</summary>
sealed class TransferEndpoints : IEndpoints
{
    const long LargestImport = 64 * 1024 * 1024;

    public void Map(IEndpointRouteBuilder api)
    {
        var conversations = api.MapGroup("/conversations").WithTags("Conversations");
        conversations.MapPost("/{id}/fork", Fork);
        conversations.MapGet("/{id}/export", Export);
        conversations.MapPost("/import", Import);
    }

    static async Task<IResult> Fork(HttpContext http, string id, ConversationFork fork, CancellationToken ct)
    {
        var conversation = RouteId.Parse(id);
        // The body says where; without one everything is copied.
        var hasBody = http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        var body = hasBody ? await JsonBody.ReadAsync(http.Request, TransferJson.Default.ForkRequest, bothCases: true) : new();
        Guid? upTo = body.MessageId is { } message ? RouteId.Parse(message, "message_id") : null;
        return TypedResults.Json(await fork.ForkAsync(conversation, upTo, ct), ConversationsJson.Default.ConversationView, statusCode: StatusCodes.Status201Created);
    }

    static IResult Export(HttpRequest request, string id, ConversationExport export)
    {
        var conversation = RouteId.Parse(id);
        var format = request.Query["format"].ToString();
        var (content, fileName) = format switch
        {
            "markdown" or "" => export.ToMarkdown(conversation),
            "json" => export.ToJson(conversation),
            _ => throw ApiException.Invalid("format", "format must be markdown or json."),
        };
        return TypedResults.File(content, format == "json" ? "application/json" : "text/markdown; charset=utf-8", fileName);
    }

    static async Task<IResult> Import(HttpRequest request, ConversationImport import, CancellationToken ct)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LargestImport;
        var document = await JsonBody.ReadAsync(request, TransferJson.Default.ConversationDocument);
        return TypedResults.Json(await import.ImportAsync(document, ct), ConversationsJson.Default.ConversationView, statusCode: StatusCodes.Status201Created);
    }
}
