using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>Starts programs so that they can be ended with everything that they started.</summary>
static class ProcessTree
{
    const int Kill = 9;

    // Puts a program into a session of its own, whose id is that of the process. Part of util-linux; macOS has none.
    static readonly string? SetSid = new[] { "/usr/bin/setsid", "/bin/setsid" }.FirstOrDefault(File.Exists);

    /// <summary>How to start a command line in the system's shell, with one stream for all output where the shell can do that.</summary>
    public static ProcessStartInfo Shell(string line, string folder)
    {
        var start = new ProcessStartInfo
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (OperatingSystem.IsWindows())
        {
            start.FileName = Path.Combine(Environment.SystemDirectory, "cmd.exe");
            start.Arguments = $"/d /s /c \"{line}\"";
        }
        else
        {
            string[] arguments = [.. SetSid is null ? (string[])[] : [SetSid], "/bin/sh", "-c", $"exec 2>&1\n{line}"];
            start.FileName = arguments[0];
            foreach (var argument in arguments.Skip(1))
                start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in ChildEnvironment.Create())
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Ends a process, its children, and what its children left behind in their session.</summary>
    public static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile, or a child did.
        }

        if (SetSid is not null)
            _ = kill(-process.Id, Kill);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);
}
