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
    readonly HashSet<WeakReference> _retired = [];

    /// <summary>Builds that are out of service, or never came into it, and still in memory; those that still serve included.</summary>
    public int Alive
    {
        get
        {
            lock (_gate)
            {
                _retired.RemoveWhere(r => !r.IsAlive);
                return _retired.Count;
            }
        }
    }

    /// <summary>Generations that are out of service but not disposed yet.</summary>
    public IReadOnlyCollection<PluginGeneration> Draining => [.. _draining.Keys];

    /// <summary>Retires a generation that is out of the registry already.</summary>
    /// <param name="old">The generation.</param>
    /// <param name="stopped">Completes when its services have stopped.</param>
    /// <returns>Whether it has left the memory.</returns>
    public async Task<bool> RetireAsync(PluginGeneration old, Task stopped)
    {
        _draining[old] = true;
        Count(old.Context);
        await stopped;
        await Task.Delay(RoutedGrace, time);
        old.Retire();
        await DrainAsync(old);
        await old.DisposeAsync();
        _draining.TryRemove(old, out _);
        return await VerifyAsync(old.Name, old.Version, old.Context);
    }

    /// <summary>Disposes a generation that never came into service.</summary>
    public async Task DiscardAsync(PluginGeneration generation)
    {
        Count(generation.Context);
        await generation.DisposeAsync();
        await VerifyAsync(generation.Name, generation.Version, generation.Context);
    }

    /// <summary>Counts a context that has no use any more until it has left the memory.</summary>
    public void Count(WeakReference context)
    {
        lock (_gate)
            _retired.Add(context);
    }

    /// <summary>Ends a generation at once, because the server ends.</summary>
    public async Task EndAsync(PluginGeneration generation)
    {
        generation.Retire();
        await generation.StopServicesAsync();
        await ExpireAsync(generation);
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
            await ExpireAsync(generation);
            // Never disposed under the feet of code that still runs in it.
            await generation.Drained;
        }
    }

    /// <summary>Tells what still runs in a generation. Callbacks of the plugin are among those who are told; they may throw, or never return.</summary>
    async Task ExpireAsync(PluginGeneration generation)
    {
        try
        {
            await generation.ExpireAsync().WaitAsync(roots.ServiceDeadline, time);
        }
        catch (Exception e)
        {
            log.CallbackFailed(e, generation.Name);
        }
    }

    /// <summary>Waits until a context has left the memory, and reports.</summary>
    /// <returns>Whether it has.</returns>
    public async Task<bool> VerifyAsync(string name, string version, WeakReference context)
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
