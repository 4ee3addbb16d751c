using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.ProjectFiles;

sealed class ProjectFilesEndpoints : IEndpoints
{
    /// <summary><c>/api/v1/projects/{project}/files/</c></summary>
    const int SegmentsBeforePath = 5;

    public void Map(IEndpointRouteBuilder api)
    {
        var projects = api.MapGroup("/projects/{project}").WithTags("Project files");
        projects.MapGet("/instructions", Instructions);
        projects.MapGet("/files", List);
        projects.MapPost("/files/upload", Upload);
        projects.MapGet("/files/{**path}", Read);
        projects.MapPut("/files/{**path}", Write);
        projects.MapDelete("/files/{**path}", Delete);
        projects.MapGet("/files-raw/{**path}", Download);
    }

    static IResult Instructions(string project, ProjectFilesService files) =>
        TypedResults.Json(new(files.Locate(project, ProjectFile.InstructionsPath).ToEntry()), ProjectFilesJson.Default.FileOf);

    static IResult List(HttpRequest request, string project, ProjectFilesService files)
    {
        var page = Page.Of(request).Cut(ProjectFileListing.Of(files.Root(project)), f => f.Path);
        return PolledJson.Of(new(page.Items, page.HasMore), ProjectFilesJson.Default.FileList);
    }

    static IResult Read(HttpContext http, string project, ProjectFilesService files) =>
        TypedResults.Json(files.Read(project, PathIn(http)), ProjectFilesJson.Default.FileText);

    static async Task<IResult> Write(HttpContext http, string project, ProjectFilesService files)
    {
        var body = await JsonBody.ReadAsync(http.Request, ProjectFilesJson.Default.NewContent);
        return TypedResults.Json(files.Write(project, PathIn(http), body.Content), ProjectFilesJson.Default.FileWritten);
    }

    static IResult Delete(HttpContext http, string project, ProjectFilesService files) =>
        TypedResults.Json(files.Delete(project, PathIn(http)), ProjectFilesJson.Default.FileDeleted);

    static async Task<IResult> Upload(HttpRequest request, string project, ProjectUploads uploads, CancellationToken ct) =>
        TypedResults.Json(await uploads.ReceiveAsync(project, request, ct), ProjectFilesJson.Default.UploadResults);

    static IResult Download(HttpContext http, string project, ProjectFilesService files)
    {
        var file = files.Locate(project, PathIn(http));
        return SentFile.Attachment(http, file.Existing(), ContentTypes.Of(file.Name), file.Name);
    }

    static string PathIn(HttpContext http) => RestOfPath.After(http, SegmentsBeforePath);
}
