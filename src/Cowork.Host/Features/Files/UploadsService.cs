using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Features.Files;

/// <summary>Keeps uploads: a row, and the bytes in a folder named after its id.</summary>
[FeatureService]
sealed partial class UploadsService(Database database, UploadLinks links, ServerOptions options, TimeProvider time)
{
    public UploadBatch Begin() => new(database, options.FilesRoot, time);

    /// <summary>Uploads in the order in which they came.</summary>
    /// <param name="purpose">Only those of exactly this purpose.</param>
    /// <param name="after">Only those that came after this one.</param>
    /// <param name="limit">At most so many; all when null.</param>
    public FilePage List(string? purpose, Guid? after, int? limit)
    {
        using var db = database.Read();
        if (after is { } cursor && !db.Files.Any(f => f.Id == cursor))
            throw ApiException.NotFound("file_not_found", "There is no file with the id given as 'after'.");
        var from = after is { } id ? Encodings.ToText(id) : null;
        // By row id, because rows of the reference have times of whole seconds.
        var rows = db.Files.FromSql(
            $"""
             SELECT * FROM files
             WHERE ({purpose} IS NULL OR purpose = {purpose}) AND ({from} IS NULL OR rowid > (SELECT rowid FROM files WHERE id = {from}))
             ORDER BY rowid LIMIT {(limit is { } most ? most + 1 : -1)}
             """).ToList();
        var hasMore = rows.Count > limit;
        return new(hasMore ? rows[..^1] : rows, hasMore);
    }

    /// <exception cref="ApiException">404: no such upload.</exception>
    public StoredFile Get(Guid id)
    {
        using var db = database.Read();
        return db.Files.FirstOrDefault(f => f.Id == id) ?? throw Missing();
    }

    public StoredFile? Find(Guid id)
    {
        using var db = database.Read();
        return db.Files.FirstOrDefault(f => f.Id == id);
    }

    /// <summary>Deletes an upload and its bytes.</summary>
    /// <returns>False when somebody else was faster.</returns>
    public async Task<bool> DeleteAsync(StoredFile file, CancellationToken ct)
    {
        if (await database.WriteAsync(w => w.Execute("DELETE FROM files WHERE id = ?1", file.Id), ct) == 0)
            return false;
        links.RemoveBytes([new(file.Id, file.Path)]);
        return true;
    }

    public static ApiException Missing() => ApiException.NotFound("file_not_found", "There is no file with this id.");

    /// <exception cref="ApiException">404: somebody removed the bytes.</exception>
    public static FileInfo Bytes(StoredFile file) =>
        RegularFile.Exists(file.Path) ? new(file.Path) : throw ApiException.NotFound("file_gone", "The file's content is no longer on the disk. Upload it again.");
}

/// <summary>A part of the list of uploads.</summary>
sealed record FilePage(IReadOnlyList<StoredFile> Files, bool HasMore);
