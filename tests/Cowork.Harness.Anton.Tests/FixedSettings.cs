using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests;

/// <summary>Settings as a test stores them.</summary>
sealed class FixedSettings : IPluginSettings
{
    public Dictionary<string, string> Values { get; } = [];

    public Dictionary<string, Secret> Secrets { get; } = [];

    public string? Get(string key) => Values.GetValueOrDefault(key);

    public Secret? GetSecret(string key) => Secrets.GetValueOrDefault(key);
}
