using System.Text.Json.Serialization.Metadata;
using Cowork.Abstractions;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Builds a plugin's own container. Types of a plugin never enter the host's: they would outlive it there. What comes from
/// the host comes as an instance, so disposing the container does not dispose it.
/// </summary>
static class PluginContainer
{
    // Long enough to reuse connections, short enough to follow changes of DNS.
    static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>What must be there before the plugin adds its own, so that it has the last word.</summary>
    public static IServiceCollection Begin()
    {
        var services = new ServiceCollection();
        // Equal JSON options share one metadata cache in the whole process; a resolver of its own makes this plugin's unequal.
        services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolver = new DefaultJsonTypeInfoResolver());
        return services;
    }

    public static ServiceProvider Build(PluginBuilder plugin, IServiceProvider host)
    {
        var services = plugin.Services;
        services.AddSingleton(host.GetRequiredService<ILoggerFactory>());
        services.TryAdd(ServiceDescriptor.Singleton(typeof(ILogger<>), typeof(Logger<>)));
        services.TryAddSingleton(host.GetService<TimeProvider>() ?? TimeProvider.System);
        services.AddSingleton(plugin.Context);
        services.AddSingleton<IPluginSettings>(new PluginSettings(plugin.Settings, host.GetRequiredService<IPluginSettingsSource>()));
        services.AddOptions();
        services.AddRouting();
        AddHttpClients(services, host);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    static void AddHttpClients(IServiceCollection services, IServiceProvider host)
    {
        if (services.Any(d => d.ServiceType == typeof(IHttpClientFactory)))
        {
            // The plugin set up clients of its own. A handler that expires is kept for minutes by a timer, and the plugin with it.
            services.ConfigureHttpClientDefaults(clients => clients
                .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
                .UseSocketsHttpHandler((handler, _) => handler.PooledConnectionLifetime = ConnectionLifetime));
        }
        else if (host.GetService<IHttpClientFactory>() is { } factory)
        {
            services.AddSingleton(factory);
        }
    }
}
