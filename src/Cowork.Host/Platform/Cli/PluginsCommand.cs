using System.CommandLine;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server plugins</c>: through the server that runs, else in the folders.</summary>
static class PluginsCommand
{
    const int Failed = 1;

    public static Command Create()
    {
        var command = new Command("plugins", "See and change the plugins.");
        var list = new Command("list", "All plugins and what became of them.");
        list.SetAction((_, ct) => ListAsync(ct));
        command.Subcommands.Add(list);
        command.Subcommands.Add(Verb("info", "What a plugin contributes, also before it is installed or enabled.", "name, folder, .zip or .nupkg", PluginDetails.RunAsync));
        command.Subcommands.Add(Verb("install", "Install a plugin, or another build of it.", "folder, .zip or .nupkg", PluginInstallation.RunAsync));
        command.Subcommands.Add(Verb("remove", "Delete your own folder of a plugin.", "name", (name, ct) => ChangeAsync(name, HttpMethod.Delete, "", Remove, ct)));
        command.Subcommands.Add(Verb("enable", "Take a disabled plugin into service again.", "name", (name, ct) =>
            ChangeAsync(name, HttpMethod.Post, "/enable", (roots, folder) => Switch(roots, folder, disabled: false), ct)));
        command.Subcommands.Add(Verb("disable", "Take a plugin out of service.", "name", (name, ct) =>
            ChangeAsync(name, HttpMethod.Post, "/disable", (roots, folder) => Switch(roots, folder, disabled: true), ct)));
        command.Subcommands.Add(Verb("trust", "Allow the build that is installed now, and no other.", "name", (name, _) => Task.FromResult(Trust(name))));
        return command;
    }

    static Command Verb(string verb, string description, string argument, Func<string, CancellationToken, Task<int>> run)
    {
        var subject = new Argument<string>(argument);
        var command = new Command(verb, description) { subject };
        command.SetAction((parsed, ct) => run(parsed.GetValue(subject)!, ct));
        return command;
    }

    static async Task<int> ListAsync(CancellationToken ct)
    {
        var (lines, _) = await ReadAsync(ct);
        foreach (var line in lines)
            Console.WriteLine($"{line.Name} {line.Version}: {line.State}{(line.Reason is null ? "" : $". {line.Reason}")}");
        return 0;
    }

    static int Trust(string name)
    {
        var roots = PluginReport.Roots(ServeCommand.ReadOptions());
        var own = PluginFolder.Find(roots).FirstOrDefault(f => !f.Root.Shipped && PluginFolder.NameComparer.Equals(f.Name, name));
        var file = own is null ? "" : PluginReport.Assembly(own);
        if (!File.Exists(file))
        {
            Console.Error.WriteLine($"There is no plugin '{name}' among the ones that were installed. What came with the server is always trusted.");
            return Failed;
        }

        var isFirst = !File.Exists(roots.LockFile);
        try
        {
            Console.WriteLine($"Trusted {own!.Name}, SHA-256 {new PluginTrust(roots).Add(own.Name, file)}.");
        }
        catch (PluginRefusedException e)
        {
            Console.Error.WriteLine(e.Message);
            return Failed;
        }

        if (isFirst)
            Console.WriteLine($"{roots.LockFile} is new: from now on, installed plugins that are not listed in it will not be loaded.");
        return 0;
    }

    static async Task<int> ChangeAsync(string name, HttpMethod method, string verb, Func<PluginRoots, PluginFolder, string?> onDisk, CancellationToken ct)
    {
        var options = ServeCommand.ReadOptions();
        using var server = await PluginApi.FindAsync(options, ct);
        if (server is null)
        {
            var roots = PluginReport.Roots(options);
            return PluginReport.Find(roots, name) is { } folder ? await EndAsync(onDisk(roots, folder)) : await UnknownAsync(name);
        }

        var (problem, plugin) = await server.ChangeAsync(method, name, verb, ct);
        if (plugin is null || problem is not null)
            return await EndAsync(problem);
        PluginDetails.Show(plugin);
        return plugin.IsProblem ? Failed : 0;
    }

    static string? Remove(PluginRoots roots, PluginFolder folder)
    {
        if (folder.Root.Shipped)
            return "This plugin came with the server and cannot be removed. Disable it instead.";
        PluginAdministration.Delete(folder.Path);
        return null;
    }

    static string? Switch(PluginRoots roots, PluginFolder folder, bool disabled)
    {
        PluginReport.Disabled(roots).Set(folder.Name, disabled);
        return null;
    }

    static async Task<int> EndAsync(string? problem)
    {
        if (problem is null)
            Console.WriteLine("Done.");
        else
            await Console.Error.WriteLineAsync(problem);
        return problem is null ? 0 : Failed;
    }

    internal static Task<int> UnknownAsync(string name) => EndAsync($"There is no plugin '{name}'. See cowork-server plugins list.");

    /// <returns>The plugins, and the address of the server that told about them.</returns>
    internal static async Task<(IReadOnlyList<PluginLine> Lines, string? Server)> ReadAsync(CancellationToken ct)
    {
        var options = ServeCommand.ReadOptions();
        using var server = await PluginApi.FindAsync(options, ct);
        return server is null ? (PluginReport.OnDisk(PluginReport.Roots(options)), null) : (await server.ListAsync(ct), server.Address);
    }
}
