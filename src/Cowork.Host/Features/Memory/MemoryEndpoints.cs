using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Memory;

sealed class MemoryEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var memory = api.MapGroup("/memory").WithTags("Memory");
        memory.MapGet("/", List);
        memory.MapPost("/", Save);
        memory.MapPut("/", Put);
        memory.MapDelete("/", Delete);
    }

    static async Task<IResult> List(HttpRequest request, MemoryService memory, CancellationToken ct)
    {
        var page = Page.Of(request).Cut(await memory.ListAsync(Query(request, "project_path"), ct), s => s.ProjectPath ?? s.Scope);
        return PolledJson.Of(new(page.Items, page.HasMore), MemoryJson.Default.MemorySections);
    }

    static async Task<IResult> Save(HttpRequest request, MemoryService memory, CancellationToken ct)
    {
        var write = await JsonBody.ReadAsync(request, MemoryWriteJson.Default.MemoryWrite, bothCases: true);
        await memory.SaveAsync(memory.ProjectOf(write.Scope, write.ProjectPath), write.RelativePath, write.Content, ct);
        return TypedResults.Json(new(true), MemoryJson.Default.MemoryDone);
    }

    /// <summary>For callers that know ids and categories instead of paths; answers with what it was sent.</summary>
    static async Task<IResult> Put(HttpRequest request, MemoryService memory, CancellationToken ct)
    {
        var put = await JsonBody.ReadAsync(request, MemoryWriteJson.Default.MemoryPut);
        var project = memory.ProjectOf(put.Scope, put.ProjectId is null ? null : RouteId.Parse(put.ProjectId, "project_id"));
        await memory.SaveCategoryAsync(project, put.Category, put.Content, ct);
        return TypedResults.Json(put, MemoryWriteJson.Default.MemoryPut);
    }

    static async Task<IResult> Delete(HttpRequest request, MemoryService memory, CancellationToken ct)
    {
        var scope = Query(request, "scope") ?? throw ApiException.Invalid("scope", "The query parameter 'scope' is missing: Global or Project.");
        var file = Query(request, "relative_path") ?? throw ApiException.Invalid("relative_path", "The query parameter 'relative_path' is missing: say which file.");
        await memory.DeleteAsync(memory.ProjectOf(scope, Query(request, "project_path")), file, ct);
        return TypedResults.Json(new(true), MemoryJson.Default.MemoryDone);
    }

    static string? Query(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;
}
