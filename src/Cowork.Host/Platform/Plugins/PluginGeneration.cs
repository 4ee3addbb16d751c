namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// One loaded build of one plugin: its load context, its container and what it contributes. Requests and runs hold a lease;
/// a replaced generation finishes what it began and is disposed when the last one has left.
/// </summary>
sealed class PluginGeneration : IAsyncDisposable
{
    readonly LeaseCount _leases = new();
    readonly CancellationTokenSource _expired = new();
    readonly bool _hasServices;
    readonly ILogger _log;
    PluginAssembly? _assembly;
    ServiceProvider? _services;
    PluginBackgroundServices? _background;
    Dictionary<(ContributionKind, string), Type> _implementations;

    public PluginGeneration(
        PluginFolder folder, PluginAssembly assembly, PluginBuilder plugin, ServiceProvider services, PluginBackgroundServices background, ILogger log)
    {
        Folder = folder;
        Version = plugin.Context.Version;
        Copy = plugin.Context.Directory;
        // Without the types: sets and statuses hand the list around.
        Contributions = [.. plugin.Contributions.Select(c => c with { Implementation = null })];
        Context = assembly.Context;
        _assembly = assembly;
        _services = services;
        _background = background;
        _implementations = plugin.Contributions.Where(c => c.Implementation is not null).ToDictionary(c => (c.Kind, c.Id), c => c.Implementation!);
        _hasServices = plugin.Jobs.Count > 0 || plugin.Services.Any(s => s.ServiceType == typeof(IHostedService));
        _log = log;
    }

    public PluginFolder Folder { get; }

    public string Name => Folder.Name;

    public string Version { get; }

    /// <summary>The private copy that it was loaded from.</summary>
    public string Copy { get; }

    /// <summary>All that it contributes.</summary>
    public IReadOnlyList<Contribution> Contributions { get; private set; }

    public IReadOnlyList<RouteEndpoint> Endpoints { get; private set; } = [];

    /// <summary>The jobs; none before they are taken on, and after the end.</summary>
    public PluginJobs? Jobs { get; private set; }

    /// <summary>Dies when the build has been unloaded.</summary>
    public WeakReference Context { get; }

    /// <summary>Fires when a retired generation's time to finish is over.</summary>
    public CancellationToken Expired => _expired.Token;

    public int Leases => _leases.Count;

    /// <summary>Completes when the generation is retired and the last lease has been given back.</summary>
    public Task Drained => _leases.Drained;

    /// <summary>Takes the endpoints into service, each behind its wall.</summary>
    public void Adopt(IEnumerable<RouteEndpoint> endpoints)
    {
        Endpoints = [.. endpoints.Select(e => PluginEndpoints.Guard(e, this, _log))];
        Contributions = [.. Contributions, .. Endpoints.Select(e => Described(PluginEndpoints.Describe(e)))];
    }

    static Contribution Described(string endpoint) => new(ContributionKind.Endpoint, endpoint, "", endpoint);

    /// <summary>Takes the jobs on; they run once the services have started.</summary>
    public void Adopt(PluginJobs jobs) => Jobs = jobs;

    public bool TryEnter() => _leases.TryEnter();

    public void Exit() => _leases.Exit();

    /// <summary>What implements a contribution, from the plugin's container. Only with a lease.</summary>
    public T Implementation<T>(ContributionKind kind, string id) => (T)Services.GetRequiredService(_implementations[(kind, id)]);

    /// <summary>Whether what implements a contribution has an optional ability; it is not created for the answer.</summary>
    public bool HasAbility<TAbility>(ContributionKind kind, string id) =>
        _implementations.TryGetValue((kind, id), out var implementation) && implementation.IsAssignableTo(typeof(TAbility));

    /// <summary>A scope of the plugin's container. Only with a lease.</summary>
    public AsyncServiceScope CreateScope() => Services.CreateAsyncScope();

    /// <summary>Starts the background services, then the jobs, which may use them.</summary>
    public async Task StartServicesAsync()
    {
        await (_background?.StartAsync() ?? Task.CompletedTask);
        Jobs?.Start();
        if (_hasServices)
            _log.ServicesStarted(Name, Version);
    }

    public async Task StopServicesAsync()
    {
        await (Jobs?.StopAsync() ?? Task.CompletedTask);
        await (_background?.StopAsync() ?? Task.CompletedTask);
        if (_hasServices)
            _log.ServicesStopped(Name, Version);
    }

    public void Retire() => _leases.Retire();

    public Task ExpireAsync() => _expired.CancelAsync();

    /// <summary>Disposes the container and begins to unload. Lets go of everything of the plugin, so that a forgotten reference to this object is harmless.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _services, null) is not { } services)
            return;
        Endpoints = [];
        Contributions = [];
        Jobs = null;
        _background = null;
        _implementations = [];
        try
        {
            await services.DisposeAsync();
        }
        catch (Exception e)
        {
            _log.DisposeFailed(e, Name);
        }

        _assembly!.Dispose();
        _assembly = null;
    }

    ServiceProvider Services => _services ?? throw new ObjectDisposedException(Name);
}
