using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// An immutable state: the generations in service with what they contribute, and the states of all folders. Do not keep it:
/// it keeps replaced plugins from being unloaded.
/// </summary>
sealed class PluginSet
{
    readonly IReadOnlyList<PluginGeneration> _generations;
    readonly Dictionary<(ContributionKind, string), (PluginGeneration Generation, object Descriptor)> _exclusive;

    PluginSet(IReadOnlyList<PluginGeneration> generations, PluginView view)
    {
        _generations = generations;
        View = view;
        _exclusive = generations.SelectMany(g => g.Contributions, (g, c) => (Generation: g, Contribution: c))
            .Where(p => p.Contribution.Kind.IsExclusive)
            .ToDictionary(p => (p.Contribution.Kind, p.Contribution.Id), p => (p.Generation, p.Contribution.Descriptor));
        Harnesses = [.. All<HarnessDescriptor>().Select(h => h.Descriptor)];
        Settings = [.. All<SettingDescriptor>().Select(s => new DeclaredSetting(s.Plugin.Name, s.Descriptor))];
        Endpoints = [.. generations.SelectMany(g => g.Endpoints)];
        Jobs = [.. generations.Select(g => g.Jobs).OfType<PluginJobs>()];
    }

    public static PluginSet Empty { get; } = new([], PluginView.Empty);

    /// <summary>The states of all plugin folders.</summary>
    public PluginView View { get; }

    /// <summary>All harnesses, in the order of their plugins' names.</summary>
    public IReadOnlyList<HarnessDescriptor> Harnesses { get; }

    /// <summary>All settings that plugins declare.</summary>
    public IReadOnlyList<DeclaredSetting> Settings { get; }

    public IReadOnlyList<Endpoint> Endpoints { get; }

    /// <summary>The jobs, by plugin.</summary>
    public IReadOnlyList<PluginJobs> Jobs { get; }

    /// <summary>Everything of one kind: each with its plugin, in the order of their names.</summary>
    /// <typeparam name="TDescriptor">What describes one of this kind.</typeparam>
    public IEnumerable<(PluginGeneration Plugin, TDescriptor Descriptor)> All<TDescriptor>() =>
        _generations.SelectMany(g => g.Contributions.Select(c => c.Descriptor).OfType<TDescriptor>(), (g, d) => (g, d));

    /// <summary>The one of this kind and id, of which there is one at most.</summary>
    public (PluginGeneration Plugin, TDescriptor Descriptor)? Find<TDescriptor>(ContributionKind kind, string id) =>
        _exclusive.TryGetValue((kind, id), out var found) ? (found.Generation, (TDescriptor)found.Descriptor) : null;

    public static PluginSet Of(IEnumerable<PluginGeneration> generations, PluginView view) =>
        new([.. generations.OrderBy(g => g.Name, PluginFolder.NameComparer)], view);
}

/// <summary>A setting and the plugin that declares it.</summary>
sealed record DeclaredSetting(string Plugin, SettingDescriptor Setting);
