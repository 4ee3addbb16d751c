using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Host.Platform.Plugins;

static class PluginPlatform
{
    /// <summary>Adds the plugins. The host adds an <see cref="IPluginSettingsSource"/> as a singleton, and registers what runs harnesses after this.</summary>
    public static IServiceCollection AddPluginPlatform(this IServiceCollection services, PluginRoots roots)
    {
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(roots)
            .AddSingleton<PluginEndpointDataSource>()
            .AddSingleton<PluginRegistry>()
            .AddSingleton<PluginSnapshots>()
            .AddSingleton<PluginTrust>()
            .AddSingleton<PluginListing>()
            .AddSingleton<PluginWatcher>()
            .AddSingleton<PluginHandover>()
            .AddSingleton<RunningJobs>()
            .AddSingleton<JobHistory>()
            .AddSingleton<PluginFactory>()
            .AddSingleton<PluginRetirement>()
            .AddSingleton<DisabledPlugins>()
            .AddSingleton<KnownContributions>()
            .AddSingleton<PluginLifecycle>()
            .AddSingleton<PluginAdministration>()
            .AddHostedService<PluginHost>();
    }

    /// <summary>Puts the endpoints of plugins into the routing of the host.</summary>
    public static IEndpointRouteBuilder MapPlugins(this IEndpointRouteBuilder app)
    {
        app.DataSources.Add(app.ServiceProvider.GetRequiredService<PluginEndpointDataSource>());
        return app;
    }
}
