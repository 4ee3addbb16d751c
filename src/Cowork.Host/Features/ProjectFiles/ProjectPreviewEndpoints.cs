using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.ProjectFiles;

sealed class ProjectPreviewEndpoints : IEndpoints
{
    /// <summary><c>/api/v1/projects/preview-asset/{token}/</c></summary>
    const int SegmentsBeforePath = 5;

    public void Map(IEndpointRouteBuilder api)
    {
        var previews = api.MapGroup("").WithTags("Project files");
        previews.MapPost("/projects/preview-mount-file", Mount);
        previews.MapGet("/projects/preview-asset/{token}/{**path}", Asset);
    }

    static async Task<IResult> Mount(HttpRequest request, ProjectPreviews previews)
    {
        var body = await JsonBody.ReadAsync(request, ProjectFilesJson.Default.PreviewRequest);
        return TypedResults.Json(previews.Mount(body.Name, body.Path), ProjectFilesJson.Default.Preview);
    }

    static IResult Asset(HttpContext http, string token, ProjectPreviews previews)
    {
        var folder = previews.Folder(token);
        if (!SafePath.TryResolve(folder, RestOfPath.After(http, SegmentsBeforePath), out var path))
            throw new ApiException(StatusCodes.Status403Forbidden, "outside_preview", "A preview shows only the files of its own folder.");
        var file = new FileInfo(SafePath.FollowLinks(path));
        if (!RegularFile.Exists(file.FullName))
            throw ApiException.NotFound("file_not_found", "There is no such file in this preview.");
        PreviewSandbox.Apply(http, $"{PreviewSandbox.Root}{token}/");
        http.Response.Headers.CacheControl = "private, max-age=300";
        return SentFile.Of(file, Path.GetFileName(path));
    }
}
