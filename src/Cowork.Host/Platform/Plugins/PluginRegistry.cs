using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// What all plugins in service contribute together, and the states of all plugin folders. Readers take <see cref="Current"/>
/// once and see one state; a change replaces it whole.
/// </summary>
sealed class PluginRegistry
{
    readonly Lock _gate = new();
    CancellationTokenSource _rerouted = new();
    volatile PluginSet _routed = PluginSet.Empty;
    volatile PluginSet _current = PluginSet.Empty;

    public PluginSet Current => _current;

    /// <summary>The endpoints that routing is to have: those of the current set, or of the one that is about to be.</summary>
    public IReadOnlyList<Endpoint> Routes => _routed.Endpoints;

    /// <summary>Fires when <see cref="Routes"/> has changed.</summary>
    public IChangeToken Rerouted
    {
        get
        {
            lock (_gate)
                return new CancellationChangeToken(_rerouted.Token);
        }
    }

    /// <summary>Takes a lease on a contribution that only one plugin can offer.</summary>
    /// <typeparam name="TDescriptor">What describes one of its kind.</typeparam>
    /// <param name="kind">Its kind.</param>
    /// <param name="id">Its id.</param>
    /// <param name="lease">The lease; dispose it when the run has ended.</param>
    /// <returns>Whether a plugin in service offers it.</returns>
    public bool TryRent<TDescriptor>(ContributionKind kind, string id, [NotNullWhen(true)] out PluginLease<TDescriptor>? lease)
    {
        lease = null;
        PluginSet? tried = null;
        // A generation that refuses has just been replaced; its successor is in the next set.
        for (var set = _current; set != tried; tried = set, set = _current)
        {
            if (set.Find<TDescriptor>(kind, id) is not var (generation, descriptor))
                return false;
            lease = PluginLease<TDescriptor>.TryTake(generation, kind, id, descriptor);
            if (lease is not null)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Puts another set in the place of the current one. Routing builds its tables first, which takes milliseconds, so that what
    /// the current set says is true of the routes.
    /// </summary>
    public void Publish(PluginSet next)
    {
        CancellationTokenSource? old = null;
        lock (_gate)
        {
            // Every change makes routing build all of its tables, so it is told of real ones only.
            if (!next.Endpoints.SequenceEqual(_routed.Endpoints))
                (old, _rerouted) = (_rerouted, new());
            _routed = next;
        }

        try
        {
            // Outside the lock, because listeners ask for the next token. Not disposed: a listener that is late to register
            // would be told that there will never be a change.
            old?.Cancel();
        }
        finally
        {
            _current = next;
        }
    }
}
