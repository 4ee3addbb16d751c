using Microsoft.Extensions.Primitives;

namespace Cowork.Host.Platform.Plugins;

/// <summary>The endpoints of all plugins in service, for the routing of the host.</summary>
sealed class PluginEndpointDataSource(PluginRegistry registry) : EndpointDataSource
{
    public override IReadOnlyList<Endpoint> Endpoints => registry.Routes;

    public override IChangeToken GetChangeToken() => registry.Rerouted;
}

/// <summary>What a plugin maps its endpoints on: like the application, but with the plugin's services and a list of its own.</summary>
sealed class PluginRouteBuilder(IServiceProvider services) : IEndpointRouteBuilder
{
    public IServiceProvider ServiceProvider { get; } = services;

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(ServiceProvider);
}
