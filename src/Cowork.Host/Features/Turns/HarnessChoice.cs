using Cowork.Host.Features.Settings;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Turns;

/// <summary>Which agent answers.</summary>
[FeatureService]
sealed class HarnessChoice(SettingsService settings, PluginRegistry plugins)
{
    /// <summary>A sentence when the agent of the settings is not loaded; null when it is.</summary>
    public string? Problem
    {
        get
        {
            var loaded = plugins.Current.Harnesses;
            var chosen = settings.Get(SettingCatalog.HarnessKey)!;
            if (loaded.Any(h => h.Id == chosen))
                return null;
            var answering = Choose(null);
            return $"The agent '{chosen}' is not loaded; {(loaded.Any(h => h.Id == answering) ? $"{answering} answers" : "messages to it fail. Choose another one with the setting harness")}.";
        }
    }

    /// <summary>Whether a message that names no agent needs a model.</summary>
    public bool NeedsModel => plugins.Current.Harnesses.FirstOrDefault(h => h.Id == Choose(null))?.NeedsModel ?? true;

    /// <summary>The agent for a turn.</summary>
    /// <param name="wanted">The one that the caller named, if any.</param>
    /// <returns>An id. It may be one that is not loaded, when the user chose it: the turn then fails and says so.</returns>
    /// <exception cref="ApiException">422: the caller named an agent that is not there.</exception>
    public string Choose(string? wanted)
    {
        var loaded = plugins.Current.Harnesses;
        if (!string.IsNullOrEmpty(wanted))
        {
            return loaded.Any(h => h.Id == wanted)
                ? wanted
                : throw ApiException.Invalid("harness", $"There is no agent '{wanted}'. Loaded are: {string.Join(", ", loaded.Select(h => h.Id))}.");
        }

        var chosen = settings.Get(SettingCatalog.HarnessKey)!;
        // The default must not stand in the way when its plugin is not there; a choice that somebody made is kept.
        return settings.IsSet(SettingCatalog.HarnessKey) || loaded.Any(h => h.Id == chosen) ? chosen : loaded is [var first, ..] ? first.Id : chosen;
    }
}
