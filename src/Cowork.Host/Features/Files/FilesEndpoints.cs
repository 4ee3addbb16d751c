using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Files;

sealed class FilesEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var files = api.MapGroup("/files").WithTags("Files");
        files.MapGet("/", List);
        files.MapPost("/", Upload);
        files.MapGet("/{id}", Get);
        files.MapGet("/{id}/content", Content);
        files.MapDelete("/{id}", Delete);
    }

    static IResult List(HttpRequest request, UploadsService uploads)
    {
        var page = uploads.List(request.Query["purpose"] is [{ Length: > 0 } purpose, ..] ? purpose : null, Page.Of(request));
        IReadOnlyList<FileObject> data = [.. page.Items.Select(FileObject.Of)];
        return PolledJson.Of(
            new("list", data, data is [var first, ..] ? first.Id : null, data is [.., var last] ? last.Id : null, page.HasMore),
            FilesJson.Default.FileList);
    }

    static async Task<IResult> Upload(HttpRequest request, UploadsService uploads, CancellationToken ct)
    {
        using var batch = uploads.Begin();
        var purpose = "";
        await foreach (var part in MultipartUploads.ReadAsync(request, ct: ct))
        {
            if (part is { Name: "file", FileName: not null })
            {
                if (batch.Count > 0)
                    throw ApiException.Invalid("file", "Send one file at a time.");
                await batch.ReceiveAsync(part, ct);
            }
            else if (part is { Name: "purpose", FileName: null })
            {
                purpose = await part.ReadTextAsync(ct);
            }
        }

        if (batch.Count == 0)
            throw ApiException.Invalid("file", "The file is missing: send it as the part 'file', with a file name.");
        if (purpose.Length == 0)
            throw ApiException.Invalid("purpose", "Say what the file is for: the part 'purpose' is missing.");
        var files = await batch.KeepAsync(purpose, ct);
        return TypedResults.Json(FileObject.Of(files[0]), FilesJson.Default.FileObject, statusCode: StatusCodes.Status201Created);
    }

    static IResult Get(string id, UploadsService uploads) =>
        TypedResults.Json(FileObject.Of(uploads.Get(RouteId.Parse(id))), FilesJson.Default.FileObject);

    static IResult Content(HttpContext http, string id, UploadsService uploads)
    {
        var file = uploads.Get(RouteId.Parse(id));
        return SentFile.Attachment(http, UploadsService.Bytes(file), file.ContentType, file.Filename);
    }

    static async Task<IResult> Delete(string id, UploadsService uploads, CancellationToken ct) =>
        await uploads.DeleteAsync(uploads.Get(RouteId.Parse(id)), ct) ? TypedResults.NoContent() : throw UploadsService.Missing();
}
