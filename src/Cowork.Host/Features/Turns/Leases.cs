using System.Collections.Concurrent;

namespace Cowork.Host.Features.Turns;

/// <summary>The right to run turns in a conversation; disposing it gives it back.</summary>
interface ILease : IAsyncDisposable;

/// <summary>
/// Hands out conversations: one holder at a time. The seam for several instances: an implementation for them keeps a lease alive by
/// itself while its holder lives, and lets it end with the holder.
/// </summary>
interface ILeases
{
    /// <summary>Takes the lease if nobody holds it; else null.</summary>
    ValueTask<ILease?> TryAcquireAsync(Guid conversationId);
}

/// <summary>Leases within one process; they end with it.</summary>
sealed class InProcessLeases : ILeases
{
    readonly ConcurrentDictionary<Guid, Lease> _held = new();

    public ValueTask<ILease?> TryAcquireAsync(Guid conversationId)
    {
        var lease = new Lease(this, conversationId);
        return new(_held.TryAdd(conversationId, lease) ? lease : null);
    }

    sealed class Lease(InProcessLeases leases, Guid conversationId) : ILease
    {
        public ValueTask DisposeAsync()
        {
            leases._held.TryRemove(KeyValuePair.Create(conversationId, this));
            return ValueTask.CompletedTask;
        }
    }
}
