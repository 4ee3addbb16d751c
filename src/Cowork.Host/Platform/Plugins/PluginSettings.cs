using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Gives a plugin the settings that it declared, and no others.</summary>
sealed class PluginSettings(IReadOnlyList<SettingDescriptor> declared, IPluginSettingsSource source) : IPluginSettings
{
    readonly Dictionary<string, SettingDescriptor> _declared = declared.ToDictionary(d => d.Key);

    public string? Get(string key) => Declared(key).Kind == SettingKind.Secret ? null : source.Get(key) ?? Declared(key).Default;

    public Secret? GetSecret(string key) => Declared(key).Kind == SettingKind.Secret
        ? source.GetSecret(key)
        : throw new KeyNotFoundException($"The plugin declared the setting '{key}', but not as a secret.");

    SettingDescriptor Declared(string key) =>
        _declared.GetValueOrDefault(key) ?? throw new KeyNotFoundException($"The plugin did not declare a setting '{key}'.");
}
