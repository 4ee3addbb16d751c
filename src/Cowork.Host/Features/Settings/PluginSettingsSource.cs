using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Settings;

/// <summary>Lets plugins read the settings that they declared.</summary>
sealed class PluginSettingsSource(SettingCatalog catalog, IServiceProvider services) : IPluginSettingsSource
{
    // Resolved late: the settings know the plugins' declarations, so they are made after the platform that asks for this.
    SettingsService Settings => services.GetRequiredService<SettingsService>();

    public bool IsReserved(string key) => catalog.All.Any(s => s.Key == key);

    public string? Get(string key) => Settings.Get(key);

    public Secret? GetSecret(string key) => Settings.GetSecret(key);
}
