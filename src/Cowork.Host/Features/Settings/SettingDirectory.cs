using System.Collections.Frozen;
using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Settings;

/// <summary>Which settings there are: the host's, then those of the plugins in service. Thread-safe.</summary>
[FeatureService]
sealed class SettingDirectory(SettingCatalog catalog, PluginRegistry plugins)
{
    volatile KnownSettings? _known;

    /// <summary>What is known now; made anew only when the plugins have changed.</summary>
    public KnownSettings Current
    {
        get
        {
            var set = plugins.Current;
            var known = _known;
            return known is not null && known.IsOf(set) ? known : _known = new(catalog.All, set);
        }
    }
}

/// <summary>The settings that exist between two changes of the plugins. Immutable.</summary>
sealed class KnownSettings
{
    // Weak, and the declarations are copied: this must not keep replaced plugins from being unloaded.
    readonly WeakReference<PluginSet> _set;
    readonly FrozenDictionary<string, SettingDescriptor> _byKey;

    public KnownSettings(IReadOnlyList<SettingDescriptor> own, PluginSet set)
    {
        _set = new(set);
        All = [.. own, .. set.Settings.Select(s => s.Setting with { Options = [.. s.Setting.Options] })];
        _byKey = All.ToFrozenDictionary(s => s.Key);
        Harnesses = [.. set.Harnesses.Select(h => h.Id)];
    }

    /// <summary>All settings in the order in which they are listed.</summary>
    public IReadOnlyList<SettingDescriptor> All { get; }

    /// <summary>Ids of the agents that are loaded.</summary>
    public IReadOnlyList<string> Harnesses { get; }

    public bool IsOf(PluginSet set) => _set.TryGetTarget(out var own) && ReferenceEquals(own, set);

    public SettingDescriptor? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>The values that a choice can have; the agents are those that are loaded.</summary>
    public IReadOnlyList<string> Choices(SettingDescriptor setting) =>
        setting.Key is SettingCatalog.HarnessKey or SettingCatalog.ChannelsHarnessKey ? Harnesses : setting.Options;
}
