namespace Cowork.Host.Platform.Files;

/// <summary>Writes a file so that a reader, a crash or a full disk never leaves half of it.</summary>
static class AtomicFile
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces the file's content; folders are made as needed.</summary>
    /// <param name="isPrivate">Whether only the owner may read and write it (mode 600).</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool isPrivate = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temp = TempBeside(path);
        try
        {
            using (var stream = new FileStream(temp, Options(isPrivate)))
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
            await using (var stream = new FileStream(temp, Options(isPrivate: false)))
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

    static string TempBeside(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetRandomFileName()}.tmp");

    static FileStreamOptions Options(bool isPrivate)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous };
        if (isPrivate && !OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return options;
    }
}
