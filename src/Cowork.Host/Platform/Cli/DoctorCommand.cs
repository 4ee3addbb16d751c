using System.CommandLine;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server doctor</c>: why is a plugin not active, and what can be done about it?</summary>
static class DoctorCommand
{
    const int FoundProblems = 1;

    public static Command Create()
    {
        var command = new Command("doctor", "Say what is wrong with the plugins, and what to do.");
        command.SetAction((_, ct) => RunAsync(ct));
        return command;
    }

    static async Task<int> RunAsync(CancellationToken ct)
    {
        var (lines, server) = await PluginsCommand.ReadAsync(ct);
        Console.WriteLine(server is null
            ? $"No server runs on this data folder. This is what one would find; what a plugin does when it runs is not known."
            : $"The server at {server} has {lines.Count} plugin folders.");
        foreach (var line in lines.Where(l => l.State is not ("active" or "ready") || l.Reason is not null))
        {
            Console.WriteLine($"{line.Name} {line.Version}: {line.State}. {line.Reason}");
            if (line.State == "disabled")
                Console.WriteLine($"  To use it, run: cowork-server plugins enable {line.Name}");
        }

        if (lines.Any(l => l.IsProblem))
            return FoundProblems;
        Console.WriteLine("No plugin failed.");
        return 0;
    }
}
