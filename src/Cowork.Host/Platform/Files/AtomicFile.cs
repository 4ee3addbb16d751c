namespace Cowork.Host.Platform.Files;

/// <summary>Writes a file so that a reader, a crash or a full disk never leaves half of it.</summary>
static class AtomicFile
{
    const string TempSuffix = ".tmp";
    const int TempLength = 17;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces the file's content; folders are made as needed.</summary>
    /// <param name="isPrivate">Whether only the owner may read and write it (mode 600).</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool isPrivate = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temp = TempBeside(path);
        try
        {
            using (var stream = new FileStream(temp, Options(path, isPrivate)))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temp, path, overwrite: true);
        }
        catch
        {
            File.Delete(temp);
            throw;
        }
    }

    /// <summary>Copies a stream of any length into the file with constant memory.</summary>
    /// <returns>The number of bytes written.</returns>
    public static async Task<long> WriteAsync(string path, Stream content, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temp = TempBeside(path);
        try
        {
            long length;
            await using (var stream = new FileStream(temp, Options(path, isPrivate: false)))
            {
                await content.CopyToAsync(stream, 128 * 1024, ct);
                length = stream.Length;
            }

            File.Move(temp, path, overwrite: true);
            return length;
        }
        catch
        {
            File.Delete(temp);
            throw;
        }
    }

    /// <summary>Whether a file is one that is just being written, or was when the process died.</summary>
    public static bool IsUnfinished(string name) => name.Length == TempLength && name[0] == '.' && name[9] == '.' && name.EndsWith(TempSuffix, StringComparison.Ordinal);

    /// <summary>A new file that only the owner may read and write, from its first byte on.</summary>
    public static FileStream CreatePrivate(string path) => new(path, Options(path, isPrivate: true));

    /// <summary>A name that <see cref="IsUnfinished"/> knows, in the folder of the file that is to be.</summary>
    public static string TempBeside(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetRandomFileName()}{TempSuffix}");

    static FileStreamOptions Options(string path, bool isPrivate)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous };
        if (isPrivate && !OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        else if (!OperatingSystem.IsWindows() && File.Exists(path))
            // A script stays executable when it is saved.
            options.UnixCreateMode = File.GetUnixFileMode(path);
        return options;
    }
}
