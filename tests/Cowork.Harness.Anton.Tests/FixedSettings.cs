using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests;

/// <summary>Settings as a test stores them.</summary>
sealed class FixedSettings : IPluginSettings
{
    public Dictionary<string, string> Values { get; } = [];

    public Dictionary<string, Secret> Secrets { get; } = [];

    /// <summary>What the plugin declared: key and default.</summary>
    public Dictionary<string, string?> Declared { get; } = [];

    public static FixedSettings Of(IEnumerable<SettingDescriptor> declared)
    {
        var settings = new FixedSettings();
        foreach (var setting in declared)
            settings.Declared.Add(setting.Key, setting.Default);
        return settings;
    }

    public string? Get(string key) => Values.TryGetValue(key, out var value) ? value : Declared[key];

    public Secret? GetSecret(string key) => Secrets.GetValueOrDefault(key);
}
