using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>A process that can be ended with everything that it has started, also what has left its parent, its group or its session.</summary>
sealed class ProcessTree : IDisposable
{
    // Inherited by every descendant: the only thing that a process keeps which was made a daemon.
    const string Mark = "COWORK_CHILD";
    const int Kill = 9;
    const int MostRounds = 5;
    readonly byte[] _mark;
    readonly JobObject? _job;

    ProcessTree(Process process, string mark)
    {
        Process = process;
        _mark = Encoding.ASCII.GetBytes($"{Mark}={mark}");
        _job = OperatingSystem.IsWindows() ? JobObject.Of(process) : null;
    }

    public Process Process { get; }

    /// <exception cref="System.ComponentModel.Win32Exception">The file cannot be run.</exception>
    public static ProcessTree Start(ProcessStartInfo start)
    {
        var mark = RandomNumberGenerator.GetHexString(16);
        start.Environment[Mark] = mark;
        return new(Process.Start(start)!, mark);
    }

    /// <summary>Ends all of it. The process itself may have ended before.</summary>
    public void End()
    {
        try
        {
            // First, while parents still tell whose children are whose.
            if (!Process.HasExited)
                Process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile, or a child did.
        }

        if (OperatingSystem.IsWindows())
            _job?.End();
        else
            _ = kill(-Process.Id, Kill);
        // More than once: what is found may just be starting another.
        for (var round = 0; OperatingSystem.IsLinux() && round < MostRounds && EndStrays(); round++)
        {
        }
    }

    public void Dispose()
    {
        Process.Dispose();
        _job?.Dispose();
    }

    bool EndStrays()
    {
        var found = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && HasMark(folder))
                found |= kill(id, Kill) == 0;
        }

        return found;
    }

    bool HasMark(string folder)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(_mark) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or gone.
            return false;
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);
}
