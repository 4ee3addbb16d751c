namespace Cowork.Abstractions;

/// <summary>Reads the settings that this plugin declared. Thread-safe; values are current at each call.</summary>
public interface IPluginSettings
{
    /// <summary>The effective value: what is stored, else the declared default.</summary>
    /// <param name="key">A key that this plugin declared with <see cref="IPluginBuilder.AddSetting"/>.</param>
    /// <returns>The value as text, or <c>null</c> when there is neither a stored value nor a default, and for secrets.</returns>
    /// <exception cref="KeyNotFoundException">The plugin did not declare <paramref name="key"/>.</exception>
    string? Get(string key);

    /// <summary>The stored secret.</summary>
    /// <param name="key">A key that this plugin declared as <see cref="SettingKind.Secret"/>.</param>
    /// <returns>The secret, or <c>null</c> when none is stored or it cannot be decrypted.</returns>
    /// <exception cref="KeyNotFoundException">The plugin did not declare <paramref name="key"/> as a secret.</exception>
    Secret? GetSecret(string key);
}
