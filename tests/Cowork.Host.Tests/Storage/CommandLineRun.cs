using System.Diagnostics;

namespace Cowork.Host.Tests.Storage;

/// <summary>The executable itself, in a process of its own, with a home of its own.</summary>
static class CommandLineRun
{
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string home, IReadOnlyList<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = home };
        start.ArgumentList.Add(Path.Combine(BuiltHost.Directory, "cowork-server.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["HOME"] = home;
        start.Environment["USERPROFILE"] = home;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
