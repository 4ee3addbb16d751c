using System.CommandLine;
using System.Text.Json;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Cli;

/// <summary>The verbs of <c>cowork-server</c>. Exit codes: 0 done, 1 failed, 2 used wrongly.</summary>
static class CommandLine
{
    public const int Failed = 1;
    public const int UsedWrongly = 2;

    /// <summary>Longer than a server takes to stop.</summary>
    static readonly TimeSpan UntilStopped = ServerApp.ShutdownTimeout + TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            // The desktop app starts the server without arguments and waits for it; it need not wait for a parser.
            return args is [] ? await ServeCommand.RunAsync() : await ParseAsync(args);
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return UsedWrongly;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return Failed;
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or JsonException)
        {
            await Console.Error.WriteLineAsync($"The server did not answer: {e.Message}");
            return Failed;
        }
    }

    static async Task<int> ParseAsync(string[] args)
    {
        var root = new RootCommand("The backend of an AI coworker.");
        root.SetAction(_ => ServeCommand.RunAsync());
        var serve = new Command("serve", "Serve until stopped (the default).");
        serve.SetAction(_ => ServeCommand.RunAsync());
        root.Subcommands.Add(serve);
        root.Subcommands.Add(AskCommand.Create());
        root.Subcommands.Add(PluginsCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(BackupCommands.CreateBackup());
        root.Subcommands.Add(BackupCommands.CreateRestore());
        var parsed = root.Parse(args);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = UntilStopped });
        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync(error.Message);
        await Console.Error.WriteLineAsync("See cowork-server --help.");
        return UsedWrongly;
    }
}
