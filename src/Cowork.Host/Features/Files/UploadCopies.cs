using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Files;

/// <summary>Copies the uploads of a conversation for a second one.</summary>
[FeatureService]
sealed class UploadCopies(Database database, ServerOptions options, TimeProvider time)
{
    /// <summary>Copies the bytes; the rows come with <see cref="Set.Insert"/>. An upload whose bytes are gone is left out.</summary>
    public async Task<Set> MakeAsync(string project, Guid from, Guid to, CancellationToken ct)
    {
        var set = new Set();
        try
        {
            foreach (var original in Originals(StoredFiles.AttachmentPurpose(project, from.ToString())).Where(f => RegularFile.Exists(f.Path)))
            {
                var id = Guid.NewGuid();
                var path = Path.Combine(options.FilesRoot, id.ToString(), Path.GetFileName(original.Path));
                var now = time.UtcNow();
                set.Add(original.Id, new()
                {
                    Id = id,
                    Filename = original.Filename,
                    ContentType = original.ContentType,
                    Size = original.Size,
                    Purpose = StoredFiles.AttachmentPurpose(project, to.ToString()),
                    Path = path,
                    CreatedAt = now,
                    ModifiedAt = now,
                });
                await using var bytes = new FileStream(original.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
                await AtomicFile.WriteAsync(path, bytes, ct);
            }

            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    List<StoredFile> Originals(string purpose)
    {
        using var db = database.Read();
        return [.. db.Files.Where(f => f.Purpose == purpose).OrderBy(f => f.CreatedAt)];
    }

    /// <summary>Copies of uploads on their way to be kept; disposed before that, they are removed again.</summary>
    public sealed class Set : IDisposable
    {
        readonly List<(Guid Original, StoredFile Copy)> _copies = [];
        bool _kept;

        public void Add(Guid original, StoredFile copy) => _copies.Add((original, copy));

        /// <summary>Message content with the copies' ids in place of the originals'.</summary>
        public string? Rename(string? content) =>
            _copies.Aggregate(content, (text, c) => text?.Replace(c.Original.ToString(), c.Copy.Id.ToString(), StringComparison.OrdinalIgnoreCase));

        public void Insert(WriteScope w)
        {
            w.Db.Files.AddRange(_copies.Select(c => c.Copy));
            w.Db.SaveChanges();
        }

        public void Keep() => _kept = true;

        public void Dispose()
        {
            if (_kept)
                return;
            foreach (var (_, copy) in _copies)
                if (Path.GetDirectoryName(copy.Path) is { } folder && Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
        }
    }
}
