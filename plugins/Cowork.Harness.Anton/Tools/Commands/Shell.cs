using System.Diagnostics;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>How command lines are run.</summary>
static class Shell
{
    // Puts a program into a session of its own, so that what it leaves behind can be ended too. macOS has no setsid, but a Perl that knows it.
    static readonly string[] NewSession = ((string[][])
    [
        ["/usr/bin/setsid"],
        ["/bin/setsid"],
        ["/usr/bin/perl", "-e", "use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV or exit 127", "--"],
    ]).FirstOrDefault(command => File.Exists(command[0])) ?? [];

    /// <summary>Starts a command line in the system's shell, with one stream for all output where the shell can do that.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="more">Variables beside those that every child gets.</param>
    public static ProcessTree Run(string line, string folder, IEnumerable<(string Name, string Value)> more)
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
            string[] arguments = [.. NewSession, "/bin/sh", "-c", $"exec 2>&1\n{line}"];
            start.FileName = arguments[0];
            foreach (var argument in arguments.Skip(1))
                start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in ChildEnvironment.Create().Select(variable => (variable.Key, variable.Value)).Concat(more))
            start.Environment[name] = value;
        return ProcessTree.Start(start);
    }
}
