namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Writes a file so that whatever happens there is either the old one or the new one.</summary>
static class AtomicFile
{
    /// <summary>Creates folders on the way; keeps the rights of the file that it replaces.</summary>
    public static async Task WriteAsync(string path, byte[] bytes, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(path)!).FullName;
        var temp = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            await File.WriteAllBytesAsync(temp, bytes, ct);
            if (!OperatingSystem.IsWindows() && File.Exists(path))
                File.SetUnixFileMode(temp, File.GetUnixFileMode(path));
            File.Move(temp, path, overwrite: true);
        }
        catch
        {
            File.Delete(temp);
            throw;
        }
    }
}
