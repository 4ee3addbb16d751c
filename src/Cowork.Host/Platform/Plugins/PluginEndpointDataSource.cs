using Microsoft.Extensions.Primitives;

namespace Cowork.Host.Platform.Plugins;

/// <summary>The endpoints of all plugins in service; replacing the list makes routing rebuild its tables.</summary>
sealed class PluginEndpointDataSource : EndpointDataSource
{
    readonly Lock _gate = new();
    CancellationTokenSource _changed = new();
    volatile IReadOnlyList<Endpoint> _endpoints = [];

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken()
    {
        lock (_gate)
            return new CancellationChangeToken(_changed.Token);
    }

    public void Replace(IReadOnlyList<Endpoint> endpoints)
    {
        CancellationTokenSource old;
        lock (_gate)
        {
            _endpoints = endpoints;
            old = _changed;
            _changed = new();
        }

        // Outside the lock, because listeners call back into GetChangeToken. Not disposed: a listener that is late to
        // register would be told that there will never be a change.
        old.Cancel();
    }
}

/// <summary>What a plugin maps its endpoints on: like the application, but with the plugin's services and a list of its own.</summary>
sealed class PluginRouteBuilder(IServiceProvider services) : IEndpointRouteBuilder
{
    public IServiceProvider ServiceProvider { get; } = services;

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(ServiceProvider);
}
