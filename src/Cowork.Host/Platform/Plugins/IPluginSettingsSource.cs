using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>What the platform needs from the settings of the server. Thread-safe.</summary>
interface IPluginSettingsSource
{
    /// <summary>Whether the server itself has a setting of this key.</summary>
    bool IsReserved(string key);

    /// <summary>The stored value of a plugin's setting that is not secret.</summary>
    string? Get(string key);

    /// <summary>The stored secret, decrypted.</summary>
    Secret? GetSecret(string key);
}
