using System.IO.Compression;
using System.Text.Json;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Backup;

/// <summary>A backup file that was checked before anything of it is used: names, kinds and sizes.</summary>
sealed class BackupArchive : IDisposable
{
    const int LargestManifest = 64 * 1024;
    const int KindOfFile = 0xF000;
    const int Link = 0xA000;
    const int Permissions = 0x1FF;
    readonly ZipArchive _zip;

    BackupArchive(ZipArchive zip, BackupManifest manifest) => (_zip, Manifest) = (zip, manifest);

    public BackupManifest Manifest { get; }

    /// <summary>Size of everything once it is unpacked.</summary>
    public long TotalBytes => _zip.Entries.Sum(e => e.Length);

    /// <exception cref="UsageException">It is no backup, from a newer server, or unsafe to unpack.</exception>
    public static BackupArchive Open(string path, ServerOptions options)
    {
        ZipArchive? zip = null;
        try
        {
            zip = ZipFile.OpenRead(path);
            var manifest = ReadManifest(zip) ?? throw NoBackup(path);
            if (manifest.Format > BackupLayout.Format)
                throw new UsageException($"{path} was made by a newer server ({manifest.Server}). Install that version to restore it.");
            Check(zip, path, [.. BackupLayout.Folders(options).Select(f => f.Name)]);
            return new(zip, manifest);
        }
        catch (Exception e)
        {
            zip?.Dispose();
            throw e switch
            {
                UsageException => e,
                FileNotFoundException or DirectoryNotFoundException => new UsageException($"There is no file {path}.", e),
                InvalidDataException or JsonException => NoBackup(path, e),
                _ => new UsageException($"{path} cannot be read.", e),
            };
        }
    }

    public bool Holds(string name) => _zip.GetEntry(name) is not null;

    /// <summary>Unpacks one file.</summary>
    /// <returns>False when the backup has none of that name.</returns>
    public bool TryExtract(string name, string target)
    {
        if (_zip.GetEntry(name) is not { } entry)
            return false;
        Extract(entry, target, isPrivate: true);
        return true;
    }

    /// <summary>Unpacks everything below a folder of the archive.</summary>
    /// <returns>How many files.</returns>
    public int ExtractFolder(string name, string target)
    {
        var files = 0;
        foreach (var entry in _zip.Entries.Where(e => e.FullName.StartsWith($"{name}/", StringComparison.Ordinal)))
        {
            var rest = entry.FullName[(name.Length + 1)..];
            if (rest.Length == 0)
                Directory.CreateDirectory(target);
            else if (!SafePath.TryResolve(target, rest, out var path))
                throw new UsageException($"The backup holds the path '{entry.FullName}', which leads out of its folder; nothing was restored.");
            else if (entry.FullName.EndsWith('/'))
                Directory.CreateDirectory(path);
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                Extract(entry, path, isPrivate: false);
                files++;
            }
        }

        return files;
    }

    public void Dispose() => _zip.Dispose();

    static BackupManifest? ReadManifest(ZipArchive zip)
    {
        if (zip.GetEntry(BackupLayout.Manifest) is not { Length: < LargestManifest } entry)
            return null;
        using var stream = entry.Open();
        return JsonSerializer.Deserialize(stream, BackupJson.Default.BackupManifest);
    }

    static void Check(ZipArchive zip, string path, HashSet<string> folders)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in zip.Entries)
        {
            var name = entry.FullName;
            var isKnown = name is BackupLayout.Manifest or BackupLayout.Database or BackupLayout.MasterKey or BackupLayout.LegacyEnv || (name.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 && folders.Contains(name[..slash]));
            var isPlain = ((entry.ExternalAttributes >> 16) & KindOfFile) != Link;
            var isInside = name.Split('/', '\\').All(part => part is not (".." or ".")) && !name.Contains('\0', StringComparison.Ordinal);
            if (!isKnown || !isPlain || !isInside)
                throw new UsageException($"{path} holds '{name}', which no backup has; nothing was restored.");
            // Folders that differ in case only are one folder on some systems; files would overwrite each other.
            if (!seen.Add(name) && (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() || zip.Entries.Count(e => e.FullName == name) > 1))
                throw new UsageException($"{path} holds '{name}' twice; nothing was restored.");
        }

        if (!seen.Contains(BackupLayout.Database))
            throw NoBackup(path);
    }

    static void Extract(ZipArchiveEntry entry, string target, bool isPrivate)
    {
        using (var from = entry.Open())
        using (var to = isPrivate ? AtomicFile.CreatePrivate(target) : new FileStream(target, FileMode.CreateNew, FileAccess.Write))
        {
            // The archive's word for the size was checked against the disk; more than that is not taken.
            var buffer = new byte[128 * 1024];
            for (var left = entry.Length; ;)
            {
                var read = from.Read(buffer);
                if (read == 0 && left == 0)
                    break;
                if (read == 0 || read > left)
                    throw new InvalidDataException($"'{entry.FullName}' is damaged.");
                to.Write(buffer, 0, read);
                left -= read;
            }
        }

        var mode = (UnixFileMode)((entry.ExternalAttributes >> 16) & Permissions);
        if (!isPrivate && mode != UnixFileMode.None && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, (mode | UnixFileMode.UserRead | UnixFileMode.UserWrite) & ~(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
    }

    static UsageException NoBackup(string path, Exception? inner = null) => new($"{path} is no backup of this server.", inner);
}
