using System.Runtime.InteropServices;

namespace Cowork.Host.Platform.Files;

/// <summary>
/// Tells files with content from pipes, sockets and devices, which .NET calls files too: opening a pipe waits until somebody
/// writes into it, for ever if need be, and no cancellation ends that.
/// </summary>
static partial class RegularFile
{
    const int KindOfFile = 0xF000;
    const int Regular = 0x8000;

    /// <summary>Whether there is a file at a path that can be opened and read to its end. Links are followed.</summary>
    public static bool Exists(string path) => new FileInfo(path) is { Exists: true } file && Is(path, file.Length);

    /// <summary>As <see cref="Exists"/>, for an entry whose length is known already: only an empty one costs a look.</summary>
    public static bool Is(string path, long length) => OperatingSystem.IsWindows() || (length > 0 && !OperatingSystem.IsMacOS()) || Look(path);

    static unsafe bool Look(string path)
    {
        const int Size = 256;
        const int Mode = 4;
        var status = stackalloc byte[Size];
        return Stat(path, status) == 0 && (*(int*)(status + Mode) & KindOfFile) == Regular;
    }

    // The runtime's own stat, the same on every Unix; the C library's differs by system and processor.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* status);
}
