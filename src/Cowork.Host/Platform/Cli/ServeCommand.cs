using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server</c>: serve until stopped.</summary>
static class ServeCommand
{
    public static async Task<int> RunAsync()
    {
        ProcessPrivacy.Protect(Environment.GetEnvironmentVariable);
        var options = ReadOptions();
        await using var app = Build(options);
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
        catch (Exception e) when (AddressProblem.Find(e) is { } problem)
        {
            throw new UsageException($"{options.Url} cannot be used: {problem}. Stop what listens there, or choose another port with COWORK_SERVER_PORT.");
        }

        await Banner.WriteAsync(Console.Out, app.Services);
        await app.WaitForShutdownAsync();
        return 0;
    }

    public static ServerOptions ReadOptions() => ServerOptions.Read(Lookup(), Home) with { EnvironmentSecrets = EnvironmentFiles.Secrets(Home, Directory.GetCurrentDirectory()) };

    /// <summary>Builds the server of this process, whose plugins look into its environment.</summary>
    public static WebApplication Build(ServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        EnvironmentFiles.ShowFoldersToPlugins(Lookup());
        return ServerApp.Build(options, configure);
    }

    static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    static Func<string, string?> Lookup() => EnvironmentFiles.Lookup(Home, Directory.GetCurrentDirectory());
}
