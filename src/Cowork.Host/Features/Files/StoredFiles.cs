using Cowork.Abstractions;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Features.Files;

/// <summary>Looks up uploads for turns.</summary>
[FeatureService]
sealed class StoredFiles(Database database, TimeProvider time)
{
    const string AttachmentPrefix = "attachment:";

    /// <summary>The purpose that ties an upload to a conversation.</summary>
    public static string AttachmentPurpose(string project, string conversation) => $"{AttachmentPrefix}{project}:{conversation}";

    /// <summary>Whether the upload was given to a conversation.</summary>
    public static bool IsAttachment(StoredFile file) => file.Purpose.StartsWith(AttachmentPrefix, StringComparison.Ordinal);

    /// <summary>One upload whose bytes still exist.</summary>
    public AttachedFile? Find(Guid id)
    {
        using var db = database.Read();
        return db.Files.FirstOrDefault(f => f.Id == id) is { } file && File.Exists(file.Path) ? ToAttached(file) : null;
    }

    /// <summary>All uploads of a conversation whose bytes still exist, oldest first.</summary>
    public IReadOnlyList<AttachedFile> OfConversation(string project, Guid conversationId)
    {
        using var db = database.Read();
        return [.. WithPurpose(db, AttachmentPurpose(project, conversationId.ToString())).Where(f => File.Exists(f.Path)).Select(ToAttached)];
    }

    /// <summary>Hands uploads made under an old conversation id to the conversation that takes its place.</summary>
    public Task RelinkAsync(string project, string oldId, Guid newId, CancellationToken ct) =>
        database.WriteAsync(
            w => w.Execute(
                "UPDATE files SET purpose = ?2, modified_at = ?3 WHERE purpose = ?1",
                AttachmentPurpose(project, oldId), AttachmentPurpose(project, newId.ToString()), time.UtcNow()),
            ct);

    static readonly Func<CoworkDb, string, IEnumerable<StoredFile>> WithPurpose =
        EF.CompileQuery((CoworkDb db, string purpose) => db.Files.Where(f => f.Purpose == purpose).OrderBy(f => f.CreatedAt).AsQueryable());

    static AttachedFile ToAttached(StoredFile file) => new(file.Id, file.Filename, file.Path, file.ContentType, file.Size);
}
