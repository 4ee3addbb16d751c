using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server plugins install</c>: puts a build in place and says what came of it.</summary>
static class PluginInstallation
{
    const int Failed = 1;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Longer than the server waits for a folder that is still changing and for a plugin to say what it contributes.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(string source, CancellationToken ct)
    {
        try
        {
            return await InstallAsync(source, ServeCommand.ReadOptions(), ct);
        }
        catch (Exception e) when (e is PluginRefusedException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    static async Task<int> InstallAsync(string source, ServerOptions options, CancellationToken ct)
    {
        var installer = new PluginInstaller(options.UserPlugins);
        using var plugin = await installer.UnpackAsync(source, ct);
        var (name, version) = (plugin.Manifest.AssemblyName, plugin.Manifest.Version);
        var folder = plugin.In(options.UserPlugins);
        var distrust = Distrust(folder, options);
        // Not run unless it is trusted; and what fails when it is asked what it contributes does not replace what works.
        var lines = distrust is null ? await PluginPreview.OfAsync(folder, options, ct) : PluginPreview.OfFile(PluginReport.Assembly(folder));

        using var server = await PluginApi.FindAsync(options, ct);
        var before = server is null ? null : await server.FindAsync(name, ct);
        installer.Place(plugin);
        Console.WriteLine($"Installed {name} {version}.");
        PluginDetails.Show(lines);
        if (distrust is not null)
            return await FailAsync(distrust);
        if (PluginReport.Disabled(PluginReport.Roots(options)).Contains(name))
            Console.WriteLine($"It is switched off. To use it, run: cowork-server plugins enable {name}");
        else if (server is not null)
            return await TellAsync(server, name, version, before, ct);
        return 0;
    }

    static string? Distrust(PluginFolder folder, ServerOptions options)
    {
        try
        {
            new PluginTrust(PluginReport.Roots(options)).Check(folder, PluginReport.Assembly(folder));
            return null;
        }
        catch (PluginRefusedException refused)
        {
            return refused.Message;
        }
    }

    static async Task<int> TellAsync(PluginApi server, string name, string version, PluginLine? before, CancellationToken ct)
    {
        var now = await SettledAsync(server, name, version, before, ct);
        if (now is not { State: "active", Reason: null })
            return await FailAsync(now is null ? $"The server at {server.Address} has not found it yet: see cowork-server plugins list." : $"{now.State}. {now.Reason}");
        Console.WriteLine($"The server at {server.Address} has taken it into service.");
        return 0;
    }

    /// <summary>Waits until the server has acted on the build.</summary>
    static async Task<PluginLine?> SettledAsync(PluginApi server, string name, string version, PluginLine? before, CancellationToken ct)
    {
        // A build of the same version looks like the one before it: only a reload tells what came of this one.
        if (before is { State: "active" } && before.Version == version)
            return (await server.ChangeAsync(HttpMethod.Post, name, "/reload", ct)).Plugin;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        while (true)
        {
            var now = await server.FindAsync(name, ct);
            var isServed = now is { State: "active", Reason: null } && now.Version == version;
            var isRefused = now?.Reason is not null && now.Reason != before?.Reason;
            if (isServed || isRefused || patience.IsCancellationRequested)
                return now;
            await Task.Delay(Pause, TimeProvider.System, ct);
        }
    }

    static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return Failed;
    }
}
