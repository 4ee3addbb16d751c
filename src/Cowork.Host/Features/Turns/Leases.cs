using System.Collections.Concurrent;

namespace Cowork.Host.Features.Turns;

/// <summary>The right to do something alone; disposing it gives it back.</summary>
interface ILease : IDisposable;

/// <summary>Hands out leases by name: one holder at a time. The seam for several instances.</summary>
interface ILeases
{
    /// <summary>Takes the lease if nobody holds it.</summary>
    ILease? TryAcquire(string name);
}

/// <summary>Leases within one process; they end with it.</summary>
sealed class InProcessLeases : ILeases
{
    readonly ConcurrentDictionary<string, Lease> _held = new();

    public ILease? TryAcquire(string name)
    {
        var lease = new Lease(this, name);
        return _held.TryAdd(name, lease) ? lease : null;
    }

    sealed class Lease(InProcessLeases leases, string name) : ILease
    {
        public void Dispose() => leases._held.TryRemove(KeyValuePair.Create(name, this));
    }
}
