using System.Diagnostics.CodeAnalysis;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// What all plugins in service contribute together. Readers take <see cref="Current"/> once and see one state; a change
/// replaces it whole.
/// </summary>
sealed class PluginRegistry(PluginEndpointDataSource endpoints)
{
    volatile PluginSet _current = PluginSet.Of([]);

    public PluginSet Current => _current;

    /// <summary>Takes a lease on the harness of this id.</summary>
    /// <param name="harnessId">The id.</param>
    /// <param name="lease">The lease; dispose it when the run has ended.</param>
    /// <returns>Whether a plugin in service offers the harness.</returns>
    public bool TryRent(string harnessId, [NotNullWhen(true)] out HarnessLease? lease)
    {
        lease = null;
        PluginSet? tried = null;
        // A generation that refuses has just been replaced; its successor is in the next set.
        for (var set = _current; set != tried; tried = set, set = _current)
        {
            if (set.Find(harnessId) is not var (generation, descriptor))
                return false;
            lease = HarnessLease.TryTake(generation, descriptor);
            if (lease is not null)
                return true;
        }

        return false;
    }

    public void Replace(PluginSet next)
    {
        _current = next;
        endpoints.Replace(next.Endpoints);
    }
}

/// <summary>An immutable set of generations in service. Do not keep it: it keeps replaced plugins from being unloaded.</summary>
sealed class PluginSet
{
    readonly Dictionary<string, (PluginGeneration, HarnessDescriptor)> _harnesses;

    PluginSet(IReadOnlyList<PluginGeneration> generations)
    {
        _harnesses = generations.SelectMany(g => g.Harnesses, (g, h) => (g, h)).ToDictionary(p => p.h.Id);
        Harnesses = [.. generations.SelectMany(g => g.Harnesses)];
        Settings = [.. generations.SelectMany(g => g.Settings, (g, s) => new DeclaredSetting(g.Name, s))];
        Endpoints = [.. generations.SelectMany(g => g.Endpoints)];
        Jobs = [.. generations.Select(g => g.Jobs).OfType<PluginJobs>()];
    }

    /// <summary>All harnesses, in the order of their plugins' names.</summary>
    public IReadOnlyList<HarnessDescriptor> Harnesses { get; }

    /// <summary>All settings that plugins declare.</summary>
    public IReadOnlyList<DeclaredSetting> Settings { get; }

    public IReadOnlyList<Endpoint> Endpoints { get; }

    /// <summary>The jobs, by plugin.</summary>
    public IReadOnlyList<PluginJobs> Jobs { get; }

    public static PluginSet Of(IEnumerable<PluginGeneration> generations) => new([.. generations.OrderBy(g => g.Name, PluginFolder.NameComparer)]);

    public (PluginGeneration Generation, HarnessDescriptor Descriptor)? Find(string harnessId) =>
        _harnesses.TryGetValue(harnessId, out var found) ? found : null;
}

/// <summary>A setting and the plugin that declares it.</summary>
sealed record DeclaredSetting(string Plugin, SettingDescriptor Setting);
