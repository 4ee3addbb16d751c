using System.Runtime.InteropServices;

namespace Cowork.Host.Platform.Hosting;

/// <summary>
/// Keeps other processes of the same user out of this one. The code that agents run is such a process, and in our environment and memory
/// there are keys.
/// </summary>
static class ProcessPrivacy
{
    const int SetDumpable = 4;

    /// <summary>
    /// Linux: makes <c>/proc/PID/environ</c>, <c>mem</c> and tracing root's alone. Children are not concerned: starting a program undoes it.
    /// Costs core dumps and debuggers that attach, so <c>COWORK_DEBUGGABLE=1</c> leaves it out; the diagnostics port of .NET still works.
    /// </summary>
    public static void Protect(Func<string, string?> environment)
    {
        if (OperatingSystem.IsLinux() && environment("COWORK_DEBUGGABLE") != "1")
            _ = prctl(SetDumpable, 0, 0, 0, 0);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
