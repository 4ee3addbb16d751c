using Cowork.Abstractions;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Files;

/// <summary>Looks up uploads for turns.</summary>
[FeatureService]
sealed class StoredFiles(Database database, TimeProvider time)
{
    const string AttachmentPrefix = "attachment:";
    const string Select = "SELECT id, filename, path, content_type, size FROM files";

    /// <summary>The purpose that ties an upload to a conversation.</summary>
    public static string AttachmentPurpose(string project, string conversation) => $"{AttachmentPrefix}{project}:{conversation}";

    /// <summary>Whether the upload was given to a conversation.</summary>
    public static bool IsAttachment(StoredFile file) => file.Purpose.StartsWith(AttachmentPrefix, StringComparison.Ordinal);

    /// <summary>One upload whose bytes still exist.</summary>
    public AttachedFile? Find(Guid id) => Existing($"{Select} WHERE id = ?1", id) is [var file] ? file : null;

    /// <summary>All uploads of a conversation whose bytes still exist, oldest first.</summary>
    public IReadOnlyList<AttachedFile> OfConversation(string project, Guid conversationId) =>
        Existing($"{Select} WHERE purpose = ?1 ORDER BY created_at", AttachmentPurpose(project, conversationId.ToString()));

    /// <summary>Hands uploads made under an old conversation id to the conversation that takes its place.</summary>
    public Task RelinkAsync(string project, string oldId, Guid newId, CancellationToken ct) =>
        database.WriteAsync(
            w => w.Execute(
                "UPDATE files SET purpose = ?2, modified_at = ?3 WHERE purpose = ?1",
                AttachmentPurpose(project, oldId), AttachmentPurpose(project, newId.ToString()), time.UtcNow()),
            ct);

    List<AttachedFile> Existing(string sql, object value)
    {
        var files = database.Query(statements => statements.List(
            r => new AttachedFile(Guid.Parse(r.GetString(0)), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt64(4)), sql, value));
        files.RemoveAll(file => !RegularFile.Exists(file.Path));
        return files;
    }
}
