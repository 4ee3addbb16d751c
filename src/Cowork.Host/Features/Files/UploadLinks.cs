using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Files;

/// <summary>What happens to uploads when the conversation or the project changes that their purpose names.</summary>
[FeatureService]
sealed partial class UploadLinks(ILogger<UploadLinks> log)
{
    /// <summary>Purposes that begin with ?1; as a range, so that an index serves.</summary>
    const string OfProject = "purpose >= ?1 AND purpose < substr(?1, 1, length(?1) - 1) || ';'";
    const string OfConversations = "purpose >= 'attachment:' AND purpose < 'attachment;' AND lower(substr(purpose, -36)) IN (SELECT value FROM json_each(?1))";

    /// <summary>Hands the uploads of a project on to its new name.</summary>
    public static void FollowRename(WriteScope w, string from, string to) =>
        w.Execute($"UPDATE files SET purpose = ?2 || substr(purpose, length(?1) + 1) WHERE {OfProject}", Prefix(from), Prefix(to));

    /// <summary>Deletes the rows of all uploads of a project, also of those whose conversation never came about.</summary>
    /// <returns>What to give to <see cref="RemoveBytes"/> after the commit.</returns>
    public static IReadOnlyList<UploadBytes> DeleteOfProject(WriteScope w, string project) => Delete(w, OfProject, Prefix(project));

    /// <summary>Deletes the rows of all uploads of some conversations, whatever project they are filed under.</summary>
    /// <param name="ids">A JSON array of dashed ids.</param>
    /// <returns>What to give to <see cref="RemoveBytes"/> after the commit.</returns>
    public static IReadOnlyList<UploadBytes> DeleteOfConversations(WriteScope w, string ids) => Delete(w, OfConversations, ids);

    /// <summary>Removes the bytes of deleted uploads.</summary>
    public void RemoveBytes(IEnumerable<UploadBytes> uploads)
    {
        foreach (var (id, path) in uploads)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            // The reference let the client's name choose the place; such a folder is not ours to delete.
            if (Path.GetFileName(folder) != id.ToString() || !Directory.Exists(folder))
                continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                BytesLeft(log, e, path);
            }
        }
    }

    static IReadOnlyList<UploadBytes> Delete(WriteScope w, string which, string parameter)
    {
        var uploads = w.List(r => new UploadBytes(Encodings.ToId(r.GetString(0)), r.GetString(1)), $"SELECT id, path FROM files WHERE {which}", parameter);
        w.Execute($"DELETE FROM files WHERE {which}", parameter);
        return uploads;
    }

    static string Prefix(string project) => StoredFiles.AttachmentPurpose(project, "");

    [LoggerMessage(LogLevel.Warning, "The bytes of a deleted upload could not be removed: {Path}")]
    static partial void BytesLeft(ILogger log, Exception e, string path);
}

/// <summary>Where the bytes of an upload lie.</summary>
sealed record UploadBytes(Guid Id, string Path);
