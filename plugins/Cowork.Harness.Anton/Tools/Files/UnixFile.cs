using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Opens files without waiting: the framework's own opening of a pipe ends only when somebody writes to it.</summary>
static class UnixFile
{
    const int NoEntry = 2;
    const int NoAccess = 13;
    const int NotAFolder = 20;

    static int Flags => OperatingSystem.IsMacOS() ? 0x4 | 0x1000000 : 0x800 | 0x80000;

    /// <summary>A handle for reading that no child process inherits.</summary>
    public static SafeFileHandle OpenRead(string path)
    {
        var file = open([.. Encoding.UTF8.GetBytes(path), 0], Flags);
        if (file >= 0)
            return new(file, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        throw error switch
        {
            NoEntry or NotAFolder => new FileNotFoundException(message: null, path),
            NoAccess => new UnauthorizedAccessException(),
            _ => new IOException(Marshal.GetPInvokeErrorMessage(error), error),
        };
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int open(byte[] path, int flags);
}
