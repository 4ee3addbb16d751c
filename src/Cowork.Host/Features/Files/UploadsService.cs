using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Files;

/// <summary>Keeps uploads: a row, and the bytes in a folder named after its id.</summary>
[FeatureService]
sealed partial class UploadsService(Database database, UploadLinks links, ServerOptions options, TimeProvider time)
{
    public UploadBatch Begin() => new(database, options.FilesRoot, time);

    /// <summary>Uploads in the order in which they came.</summary>
    /// <param name="purpose">Only those of exactly this purpose.</param>
    public Slice<StoredFile> List(string? purpose, Page page)
    {
        var rows = database.Query(statements =>
        {
            if (page.AfterId is { } cursor && statements.Scalar("SELECT 1 FROM files WHERE id = ?1", cursor) is null)
                throw Page.Gone();
            // By row id, because rows of the reference have times of whole seconds.
            return statements.List(
                UploadRows.Read,
                $"{UploadRows.Select} WHERE (?1 IS NULL OR purpose = ?1) AND (?2 IS NULL OR rowid > (SELECT rowid FROM files WHERE id = ?2)) ORDER BY rowid LIMIT ?3",
                purpose, page.AfterId, page.Limit is { } most ? most + 1L : -1L);
        });
        var hasMore = rows.Count > page.Limit;
        return new(hasMore ? rows[..^1] : rows, hasMore);
    }

    /// <exception cref="ApiException">404: no such upload.</exception>
    public StoredFile Get(Guid id) => Find(id) ?? throw Missing();

    public StoredFile? Find(Guid id) => database.Query(statements => statements.List(UploadRows.Read, $"{UploadRows.Select} WHERE id = ?1", id)) is [var file] ? file : null;

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
