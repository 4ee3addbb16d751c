using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Attachments;

sealed class AttachmentsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var attachments = api.MapGroup("/attachments").WithTags("Attachments");
        attachments.MapDelete("/{id}", DeleteAnywhere);
        var conversation = attachments.MapGroup("/{project}/{conversation}");
        conversation.MapGet("/", List);
        conversation.MapPost("/upload", Upload);
        conversation.MapGet("/{id}/raw", Raw);
        conversation.MapDelete("/{id}", Delete);
        conversation.MapPost("/{id}/move-to-project", MoveToProject);
    }

    static IResult List(HttpContext http, string project, string conversation, AttachmentsService attachments)
    {
        var files = attachments.List(project, conversation);
        if (http.Request.Query.TryGetValue("ids", out var wanted))
        {
            var ids = wanted.Select(text => Guid.TryParse(text, out var id) ? id : Guid.Empty).ToHashSet();
            files = [.. files.Where(f => ids.Contains(f.Id))];
        }

        return PolledJson.Of(Page.Of(http.Request).Cut(files, f => f.Id).Announce(http.Response), AttachmentsJson.Default.IReadOnlyListAttachment);
    }

    static async Task<IResult> Upload(HttpRequest request, string project, string conversation, UploadsService uploads, CancellationToken ct)
    {
        using var batch = uploads.Begin();
        await foreach (var part in MultipartUploads.ReadAsync(request, ct: ct))
        {
            if (part is { Name: "files", FileName: not null })
                await batch.ReceiveAsync(part, ct);
        }

        if (batch.Count == 0)
            throw ApiException.Invalid("files", "No file was sent: send each as a part 'files', with a file name.");
        var files = await batch.KeepAsync(AttachmentsService.Purpose(project, conversation), ct);
        return TypedResults.Json([.. files.Select(Attachment.Of)], AttachmentsJson.Default.IReadOnlyListAttachment);
    }

    static IResult Raw(HttpContext http, string project, string conversation, string id, AttachmentsService attachments)
    {
        var file = attachments.Get(project, conversation, id);
        return SentFile.Inline(http, UploadsService.Bytes(file), file.ContentType, file.Filename);
    }

    static async Task<IResult> Delete(string project, string conversation, string id, AttachmentsService attachments, CancellationToken ct)
    {
        await attachments.DeleteAsync(project, conversation, id, ct);
        return TypedResults.Json(new(true), AttachmentsJson.Default.AttachmentDeleted);
    }

    static async Task<IResult> DeleteAnywhere(string id, AttachmentsService attachments, CancellationToken ct)
    {
        await attachments.DeleteAsync(RouteId.Parse(id), ct);
        return TypedResults.Json(new(true), AttachmentsJson.Default.AttachmentDeleted);
    }

    static async Task<IResult> MoveToProject(string project, string conversation, string id, AttachmentsService attachments, CancellationToken ct)
    {
        var file = attachments.Get(project, conversation, id);
        var path = await attachments.MoveToProjectAsync(project, file, ct);
        return TypedResults.Json(new(true, Path.GetFileName(path), path, file.ContentType), AttachmentsJson.Default.AttachmentMoved);
    }
}
