using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// One loaded build of one plugin: its load context, its container and what it contributes. Requests and runs hold a lease;
/// a replaced generation finishes what it began and is disposed when the last one has left.
/// </summary>
sealed class PluginGeneration : IAsyncDisposable
{
    readonly LeaseCount _leases = new();
    readonly CancellationTokenSource _expired = new();
    readonly ILogger _log;
    PluginAssembly? _assembly;
    ServiceProvider? _services;
    PluginBackgroundServices? _background;
    Dictionary<string, PluginHarness> _harnesses;

    public PluginGeneration(
        PluginFolder folder, PluginAssembly assembly, PluginBuilder plugin, ServiceProvider services, PluginBackgroundServices background, ILogger log)
    {
        Folder = folder;
        Version = plugin.Context.Version;
        Copy = plugin.Context.Directory;
        Harnesses = [.. plugin.Harnesses.Select(h => h.Descriptor)];
        Settings = plugin.Settings;
        Context = assembly.Context;
        _assembly = assembly;
        _services = services;
        _background = background;
        _harnesses = plugin.Harnesses.ToDictionary(h => h.Descriptor.Id);
        _log = log;
    }

    public PluginFolder Folder { get; }

    public string Name => Folder.Name;

    public string Version { get; }

    /// <summary>The private copy that it was loaded from.</summary>
    public string Copy { get; }

    public IReadOnlyList<HarnessDescriptor> Harnesses { get; }

    public IReadOnlyList<SettingDescriptor> Settings { get; }

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
    public void Adopt(IEnumerable<RouteEndpoint> endpoints) => Endpoints = [.. endpoints.Select(e => PluginEndpoints.Guard(e, this, _log))];

    /// <summary>Takes the jobs on; they run once the services have started.</summary>
    public void Adopt(PluginJobs jobs) => Jobs = jobs;

    public bool TryEnter() => _leases.TryEnter();

    public void Exit() => _leases.Exit();

    /// <summary>The harness; created at the first call. Only with a lease.</summary>
    public IHarness Harness(string id) => (IHarness)Services.GetRequiredService(_harnesses[id].Implementation);

    /// <summary>Whether the harness has an optional ability; it is not created for the answer.</summary>
    public bool HasAbility<TAbility>(string id) => _harnesses.TryGetValue(id, out var harness) && harness.Implementation.IsAssignableTo(typeof(TAbility));

    /// <summary>A scope of the plugin's container. Only with a lease.</summary>
    public AsyncServiceScope CreateScope() => Services.CreateAsyncScope();

    /// <summary>Starts the background services, then the jobs, which may use them.</summary>
    public async Task StartServicesAsync()
    {
        await (_background?.StartAsync() ?? Task.CompletedTask);
        Jobs?.Start();
    }

    public async Task StopServicesAsync()
    {
        await (Jobs?.StopAsync() ?? Task.CompletedTask);
        await (_background?.StopAsync() ?? Task.CompletedTask);
    }

    public void Retire() => _leases.Retire();

    public Task ExpireAsync() => _expired.CancelAsync();

    /// <summary>Disposes the container and begins to unload. Lets go of everything of the plugin, so that a forgotten reference to this object is harmless.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _services, null) is not { } services)
            return;
        Endpoints = [];
        Jobs = null;
        _background = null;
        _harnesses = [];
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
