using System.Diagnostics.CodeAnalysis;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// The right to use one contribution of a plugin. The plugin stays loaded until the lease is disposed, also when it is replaced
/// or removed meanwhile.
/// </summary>
/// <typeparam name="TDescriptor">What describes a contribution of this kind.</typeparam>
sealed class PluginLease<TDescriptor> : IDisposable
{
    readonly ContributionKind _kind;
    readonly string _id;
    PluginGeneration? _generation;

    PluginLease(PluginGeneration generation, ContributionKind kind, string id, TDescriptor descriptor)
    {
        (_generation, _kind, _id) = (generation, kind, id);
        Descriptor = descriptor;
        Plugin = generation.Name;
        Expired = generation.Expired;
    }

    public TDescriptor Descriptor { get; }

    /// <summary>Name of the plugin.</summary>
    public string Plugin { get; }

    /// <summary>
    /// Fires when the plugin was replaced or removed and the run's time to finish is over; the run then ends with
    /// <see cref="FailureCodes.PluginReplaced"/>. The lease must still be disposed.
    /// </summary>
    public CancellationToken Expired { get; }

    /// <summary>What implements the contribution. The first use creates it and may throw whatever its constructor throws.</summary>
    public T Implementation<T>() => (_generation ?? throw new ObjectDisposedException(nameof(PluginLease<>))).Implementation<T>(_kind, _id);

    /// <summary>Whether it implements an optional interface; it is not created for the answer.</summary>
    public bool HasAbility<TAbility>() => _generation is { } generation && generation.HasAbility<TAbility>(_kind, _id);

    /// <summary>Takes a lease unless the generation is gone.</summary>
    public static PluginLease<TDescriptor>? TryTake(PluginGeneration generation, ContributionKind kind, string id, TDescriptor descriptor) =>
        generation.TryEnter() ? new(generation, kind, id, descriptor) : null;

    public void Dispose() => Interlocked.Exchange(ref _generation, null)?.Exit();
}

/// <summary>Leases of agents.</summary>
static class HarnessLeases
{
    extension(PluginLease<HarnessDescriptor> lease)
    {
        public IHarness Harness => lease.Implementation<IHarness>();
    }

    extension(PluginRegistry plugins)
    {
        /// <summary>Takes a lease on the harness of this id.</summary>
        public bool TryRent(string harnessId, [NotNullWhen(true)] out PluginLease<HarnessDescriptor>? lease) =>
            plugins.TryRent(ContributionKind.Harness, harnessId, out lease);
    }
}
