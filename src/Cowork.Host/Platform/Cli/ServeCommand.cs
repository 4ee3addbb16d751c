using System.Net.Sockets;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server</c>: serve until stopped.</summary>
static class ServeCommand
{
    public static async Task<int> RunAsync()
    {
        var options = ReadOptions();
        await using var app = ServerApp.Build(options);
        PluginCrashes.Contain(app.Logger);
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop before it had started.
            return 0;
        }
        catch (IOException e) when (e.InnerException is SocketException or Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new UsageException($"{options.Url} cannot be used: {(e.InnerException?.InnerException ?? e.InnerException)!.Message}. Stop what listens there, or choose another port with COWORK_SERVER_PORT.");
        }

        await Banner.WriteAsync(Console.Out, app.Services);
        await app.WaitForShutdownAsync();
        return 0;
    }

    public static ServerOptions ReadOptions()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var lookup = EnvironmentFiles.Lookup(home, Directory.GetCurrentDirectory());
        EnvironmentFiles.ShowFoldersToPlugins(lookup);
        return ServerOptions.Read(lookup, home);
    }
}
