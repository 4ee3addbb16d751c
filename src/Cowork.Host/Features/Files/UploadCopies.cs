using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Files;

/// <summary>Copies uploads for a second conversation: those of another one, or those of a document.</summary>
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
                await using var bytes = new FileStream(original.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
                await set.AddAsync(original.Id, New(original.Filename, original.ContentType, original.Size, project, to), bytes, ct);
            }

            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Writes the files of a document; the rows come with <see cref="Set.Insert"/>.</summary>
    public async Task<Set> MakeAsync(string project, IEnumerable<(Guid Original, string Filename, string? ContentType, byte[] Content)> from, Guid to, CancellationToken ct)
    {
        var set = new Set();
        try
        {
            foreach (var (original, filename, contentType, content) in from)
            {
                using var bytes = new MemoryStream(content, writable: false);
                await set.AddAsync(original, New(FileNames.Clean(filename), ContentTypes.Clean(contentType), content.Length, project, to), bytes, ct);
            }

            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    StoredFile New(string filename, string contentType, long size, string project, Guid to)
    {
        var id = Guid.NewGuid();
        var now = time.UtcNow();
        return new()
        {
            Id = id,
            Filename = filename,
            ContentType = contentType,
            Size = size,
            Purpose = StoredFiles.AttachmentPurpose(project, to.ToString()),
            Path = Path.Combine(options.FilesRoot, id.ToString(), FileNames.ForDisk(filename)),
            CreatedAt = now,
            ModifiedAt = now,
        };
    }

    List<StoredFile> Originals(string purpose) =>
        database.Query(statements => statements.List(UploadRows.Read, $"{UploadRows.Select} WHERE purpose = ?1 ORDER BY created_at", purpose));

    /// <summary>Copies of uploads on their way to be kept; disposed before that, they are removed again.</summary>
    public sealed class Set : IDisposable
    {
        readonly List<(Guid Original, StoredFile Copy)> _copies = [];
        bool _kept;

        public async Task AddAsync(Guid original, StoredFile copy, Stream bytes, CancellationToken ct)
        {
            _copies.Add((original, copy));
            await AtomicFile.WriteAsync(copy.Path, bytes, ct);
        }

        /// <summary>The copy of an upload; null when there is none.</summary>
        public Guid? CopyOf(Guid original) => _copies.Where(c => c.Original == original).Select(c => (Guid?)c.Copy.Id).FirstOrDefault();

        /// <summary>Message content with the copies' ids in place of the originals'.</summary>
        public string? Rename(string? content) =>
            _copies.Aggregate(content, (text, c) => text?.Replace(c.Original.ToString(), c.Copy.Id.ToString(), StringComparison.OrdinalIgnoreCase));

        public void Insert(WriteScope w)
        {
            foreach (var (_, copy) in _copies)
                UploadRows.Insert(w, copy);
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
