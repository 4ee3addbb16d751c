using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>The right to run a harness. Its plugin stays loaded until the lease is disposed, also when it is replaced or removed meanwhile.</summary>
sealed class HarnessLease : IDisposable
{
    PluginGeneration? _generation;

    HarnessLease(PluginGeneration generation, HarnessDescriptor descriptor)
    {
        _generation = generation;
        Descriptor = descriptor;
        Plugin = generation.Name;
        Expired = generation.Expired;
    }

    public HarnessDescriptor Descriptor { get; }

    /// <summary>Name of the plugin that brings the harness.</summary>
    public string Plugin { get; }

    /// <summary>
    /// Fires when the plugin was replaced or removed and the run's time to finish is over; the run then ends with
    /// <see cref="FailureCodes.PluginReplaced"/>. The lease must still be disposed.
    /// </summary>
    public CancellationToken Expired { get; }

    /// <summary>The harness. The first use creates it and may throw whatever its constructor throws.</summary>
    public IHarness Harness => (_generation ?? throw new ObjectDisposedException(nameof(HarnessLease))).Implementation<IHarness>(ContributionKind.Harness, Descriptor.Id);

    /// <summary>Whether the harness implements an optional interface; it is not created for the answer.</summary>
    public bool HasAbility<TAbility>() => _generation is { } generation && generation.HasAbility<TAbility>(ContributionKind.Harness, Descriptor.Id);

    /// <summary>Takes a lease unless the generation is gone.</summary>
    public static HarnessLease? TryTake(PluginGeneration generation, HarnessDescriptor descriptor) =>
        generation.TryEnter() ? new(generation, descriptor) : null;

    public void Dispose() => Interlocked.Exchange(ref _generation, null)?.Exit();
}
