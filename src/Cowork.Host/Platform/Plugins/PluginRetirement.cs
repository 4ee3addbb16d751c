using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Sees replaced and removed generations off: lets them finish, disposes them, and checks that they leave the memory.</summary>
sealed class PluginRetirement(PluginRoots roots, TimeProvider time, ILogger<PluginRetirement> log)
{
    /// <summary>More than this is worth a warning; unloading is hygiene, so it is nothing worse.</summary>
    const int ManyAlive = 5;

    /// <summary>Requests that were routed before the switch have not all entered yet; they would find the door shut.</summary>
    static readonly TimeSpan RoutedGrace = TimeSpan.FromMilliseconds(250);

    // Caches that forget by time take a moment.
    static readonly TimeSpan[] CollectAfter = [TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];

    readonly ConcurrentDictionary<PluginGeneration, bool> _draining = [];
    readonly Lock _gate = new();
    readonly List<WeakReference> _retired = [];

    /// <summary>Replaced or removed builds that are still in memory, those that still serve included.</summary>
    public int Alive
    {
        get
        {
            lock (_gate)
            {
                _retired.RemoveAll(r => !r.IsAlive);
                return _retired.Count;
            }
        }
    }

    /// <summary>Generations that are out of service but not disposed yet.</summary>
    public IEnumerable<PluginGeneration> Draining => _draining.Keys;

    /// <summary>Those of them that nothing replaced.</summary>
    public IEnumerable<PluginGeneration> Removed => _draining.Where(d => d.Value).Select(d => d.Key);

    /// <summary>Retires a generation that is out of the registry already, and starts the background services of its successor.</summary>
    /// <param name="old">The generation.</param>
    /// <param name="next">What takes its place, if anything.</param>
    /// <returns>Whether it has left the memory.</returns>
    public async Task<bool> RetireAsync(PluginGeneration old, PluginGeneration? next)
    {
        _draining[old] = next is null;
        lock (_gate)
            _retired.Add(old.Context);
        log.PluginRetired(old.Name, old.Version);

        // One after the other: two builds that poll the same service or listen on the same port would fight.
        await old.StopServicesAsync();
        if (next is not null)
            await next.StartServicesAsync();

        await Task.Delay(RoutedGrace, time);
        old.Retire();
        await DrainAsync(old);
        await old.DisposeAsync();
        _draining.TryRemove(old, out _);
        return await VerifyAsync(old.Name, old.Version, old.Context);
    }

    /// <summary>Ends a generation at once, because the server ends.</summary>
    public async Task EndAsync(PluginGeneration generation)
    {
        generation.Retire();
        await generation.StopServicesAsync();
        await generation.ExpireAsync();
        try
        {
            await generation.Drained.WaitAsync(roots.ServiceDeadline, time);
            await generation.DisposeAsync();
        }
        catch (TimeoutException)
        {
            log.DrainDeadlinePassed(generation.Name, generation.Version, generation.Leases);
        }
    }

    async Task DrainAsync(PluginGeneration generation)
    {
        try
        {
            await generation.Drained.WaitAsync(roots.DrainDeadline, time);
        }
        catch (TimeoutException)
        {
            log.DrainDeadlinePassed(generation.Name, generation.Version, generation.Leases);
            await generation.ExpireAsync();
            // Never disposed under the feet of code that still runs in it.
            await generation.Drained;
        }
    }

    async Task<bool> VerifyAsync(string name, string version, WeakReference context)
    {
        foreach (var delay in CollectAfter)
        {
            await Task.Delay(delay, time);
            Collect();
            if (!context.IsAlive)
            {
                log.PluginUnloaded(name, version);
                return true;
            }
        }

        log.PluginStayed(name, version);
        if (Alive > ManyAlive)
            log.TooManyStayed(Alive);
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Collect()
    {
        ReflectionCaches.Clear();
#pragma warning disable RS0030 // Replacing a plugin is rare, and its memory would else stay until the heap grows.
        GC.Collect();
#pragma warning restore RS0030
        GC.WaitForPendingFinalizers();
    }
}
