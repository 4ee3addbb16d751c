using System.Globalization;
using System.Text.Json;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

sealed class ConversationsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var conversations = api.MapGroup("/conversations").WithTags("Conversations");
        conversations.MapGet("/", List);
        conversations.MapPost("/", Create);
        conversations.MapPost("/archive", Archive);
        conversations.MapGet("/{id}", Get);
        conversations.MapPatch("/{id}", Update);
        conversations.MapDelete("/{id}", Delete);
        conversations.MapGet("/{id}/items", Items);
        conversations.MapDelete("/{id}/turns/{index}", DeleteTurn);
    }

    static IResult List(HttpRequest request, ConversationList list) =>
        PolledJson.Of(list.Read(Filter(request, request.Query)), ConversationsJson.Default.ConversationPage);

    static async Task<IResult> Create(HttpRequest request, ConversationsService conversations, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync(request, ConversationRequestsJson.Default.ConversationChange, bothCases: true);
        return TypedResults.Json(await conversations.CreateAsync(body, ct), ConversationsJson.Default.ConversationView, statusCode: StatusCodes.Status201Created);
    }

    static IResult Get(string id, ConversationList list) =>
        TypedResults.Json(list.Get(RouteId.Parse(id)), ConversationsJson.Default.ConversationView);

    static async Task<IResult> Update(HttpRequest request, string id, ConversationsService conversations, CancellationToken ct)
    {
        var conversation = RouteId.Parse(id);
        var body = await JsonBody.ReadAsync(request, ConversationRequestsJson.Default.ConversationChange, bothCases: true);
        return TypedResults.Json(await conversations.UpdateAsync(conversation, body, ct), ConversationsJson.Default.ConversationView);
    }

    static async Task<IResult> Archive(HttpRequest request, ConversationsService conversations, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync(request, ConversationRequestsJson.Default.ArchiveRequest, bothCases: true);
        IReadOnlyList<Guid> ids = [.. body.Ids.Select(id => RouteId.Parse(id, "ids"))];
        return TypedResults.Json(new(true, await conversations.ArchiveAsync(ids, body.Archived, ct)), ConversationsJson.Default.ArchiveResult);
    }

    static async Task<IResult> Delete(string id, ConversationRemoval removal, CancellationToken ct)
    {
        await removal.RemoveAsync(RouteId.Parse(id), ct);
        return TypedResults.Json(new(true), ConversationsJson.Default.Done);
    }

    static async Task Items(HttpContext http, string id, ConversationItems items)
    {
        var conversation = RouteId.Parse(id);
        var page = Page.Of(http.Request);
        var state = items.Look(conversation, page);
        http.Response.Headers[Page.HasMoreHeader] = state.HasMore ? "true" : "false";
        if (PolledJson.IsUnchanged(http, state.Tag))
            return;
        http.Response.ContentType = "application/json";
        // Into the server's pooled blocks: a long conversation is megabytes, too many to be put together in one piece every time.
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, AsciiJson.Options);
        items.Write(conversation, page, json);
    }

    static async Task<IResult> DeleteTurn(string id, string index, TurnDeletion deletion, CancellationToken ct)
    {
        var conversation = RouteId.Parse(id);
        var number = Number(index, "index");
        return TypedResults.Json(new(true, await deletion.DeleteFromAsync(conversation, number, ct)), ConversationsJson.Default.TurnsDeleted);
    }

    static ConversationFilter Filter(HttpRequest request, IQueryCollection query) => new()
    {
        ProjectId = Text(query, "project_id") is { } project ? RouteId.Parse(project, "project_id") : null,
        Project = Text(query, "project"),
        Page = Page.Of(request),
        Archived = Text(query, "archived") switch
        {
            null => false,
            "all" => null,
            var text when LenientBool.TryParse(text, out var archived) => archived,
            _ => throw ApiException.Invalid("archived", "archived must be true, false or all."),
        },
    };

    static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    static int Number(string text, string field) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiException.Invalid(field, $"The {field} must be a whole number.");
}
