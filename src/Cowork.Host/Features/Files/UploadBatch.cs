using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Files;

sealed partial class UploadsService
{
    /// <summary>The uploads of one request: all of them are kept, or none.</summary>
    public sealed class UploadBatch(Database database, string root, TimeProvider time) : IDisposable
    {
        readonly List<StoredFile> _files = [];
        readonly List<string> _folders = [];
        bool _kept;

        public int Count => _files.Count;

        /// <summary>Copies one part to the disk as it arrives.</summary>
        public async Task ReceiveAsync(UploadPart part, CancellationToken ct)
        {
            var id = Guid.NewGuid();
            var name = FileNames.Clean(part.FileName);
            var folder = Path.Combine(root, id.ToString());
            _folders.Add(folder);
            var path = Path.Combine(folder, FileNames.ForDisk(name));
            var size = await AtomicFile.WriteAsync(path, part.Body, ct);
            var now = time.UtcNow();
            _files.Add(new()
            {
                Id = id,
                Filename = name,
                ContentType = ContentTypes.Clean(part.ContentType),
                Size = size,
                Purpose = "",
                Path = path,
                CreatedAt = now,
                ModifiedAt = now,
            });
        }

        /// <summary>Makes what was received visible.</summary>
        public async Task<IReadOnlyList<StoredFile>> KeepAsync(string purpose, CancellationToken ct)
        {
            foreach (var file in _files)
                file.Purpose = purpose;
            await database.WriteAsync(
                w =>
                {
                    foreach (var file in _files)
                        UploadRows.Insert(w, file);
                },
                ct);
            _kept = true;
            return _files;
        }

        /// <summary>Takes back what was not kept.</summary>
        public void Dispose()
        {
            if (_kept)
                return;
            foreach (var folder in _folders.Where(Directory.Exists))
                Directory.Delete(folder, recursive: true);
        }
    }
}
