using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Attachments;

/// <summary>Uploads that belong to a conversation, which need not exist yet.</summary>
[FeatureService]
sealed class AttachmentsService(Database database, UploadsService uploads)
{
    const int MostNames = 10_000;

    /// <summary>The attachments of a conversation, oldest first.</summary>
    public IReadOnlyList<Attachment> List(string project, string conversation)
    {
        var purpose = Purpose(project, conversation);
        return database.Query(statements => statements.List(
            r => new Attachment(Encodings.ToId(r.GetString(0)), r.GetString(1), r.GetString(2), r.GetInt64(3), Encodings.ToTime(r.GetString(4)), purpose),
            "SELECT id, filename, content_type, size, created_at FROM files WHERE purpose = ?1 ORDER BY created_at, rowid",
            purpose));
    }

    /// <summary>One attachment of this conversation.</summary>
    /// <exception cref="ApiException">404: no such attachment, or it is another conversation's.</exception>
    public StoredFile Get(string project, string conversation, string id) =>
        Guid.TryParse(id, out var key) && uploads.Find(key) is { } file && file.Purpose == Purpose(project, conversation)
            ? file
            : throw Missing();

    /// <summary>Deletes an attachment wherever it belongs; unknown ones count as deleted.</summary>
    public async Task DeleteAsync(Guid id, CancellationToken ct)
    {
        if (uploads.Find(id) is not { } file)
            return;
        if (!StoredFiles.IsAttachment(file))
            throw Missing();
        await uploads.DeleteAsync(file, ct);
    }

    /// <summary>Deletes an attachment of this conversation; unknown ones count as deleted.</summary>
    /// <exception cref="ApiException">404: it is another conversation's.</exception>
    public async Task DeleteAsync(string project, string conversation, string id, CancellationToken ct)
    {
        if (Guid.TryParse(id, out var key) && uploads.Find(key) is not null)
            await uploads.DeleteAsync(Get(project, conversation, id), ct);
    }

    /// <summary>Moves the bytes into the project's folder under a free name.</summary>
    /// <returns>The absolute path.</returns>
    public async Task<string> MoveToProjectAsync(string project, StoredFile file, CancellationToken ct)
    {
        var folder = ProjectFolder(project);
        var source = UploadsService.Bytes(file);
        Directory.CreateDirectory(folder);
        var path = Reserve(folder, FileNames.ForDisk(FileNames.Clean(file.Filename)));
        try
        {
            await using var bytes = source.OpenRead();
            await AtomicFile.WriteAsync(path, bytes, ct);
        }
        catch
        {
            File.Delete(path);
            throw;
        }

        await uploads.DeleteAsync(file, CancellationToken.None);
        return path;
    }

    public static string Purpose(string project, string conversation) =>
        StoredFiles.AttachmentPurpose(project, Guid.TryParse(conversation, out var id) ? id.ToString() : conversation);

    string ProjectFolder(string name) => (string?)database.Query(statements => statements.Scalar("SELECT path FROM projects WHERE name = ?1 LIMIT 1", name))
        ?? throw ApiException.NotFound("project_not_found", "There is no project with this name.");

    /// <summary>Takes the first free name with an empty file, so that two moves at once cannot choose the same one.</summary>
    static string Reserve(string folder, string name)
    {
        for (var number = 1; number <= MostNames; number++)
        {
            if (!SafePath.TryResolve(folder, number == 1 ? name : FileNames.Numbered(name, number), out var path))
                throw ApiException.BadRequest("unsafe_path", "This file name cannot be used in a project.");
            if (Path.Exists(path))
                continue;
            try
            {
                new FileStream(path, FileMode.CreateNew, FileAccess.Write).Dispose();
                return path;
            }
            catch (IOException) when (Path.Exists(path))
            {
                // Somebody else took it just now.
            }
        }

        throw ApiException.Conflict("no_free_name", "The project has too many files of this name. Rename some of them.");
    }

    static ApiException Missing() => ApiException.NotFound("attachment_not_found", "This conversation has no such attachment.");
}
