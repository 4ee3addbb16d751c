using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cowork.Abstractions;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Plugins;
using Cowork.Host.Platform.Secrets;

namespace Cowork.Host.Features.Settings;

/// <summary>
/// The settings: what is stored, else the default. Kept in memory, because nearly every request reads some; written through to
/// the database. Thread-safe.
/// </summary>
[FeatureService]
sealed partial class SettingsService(
    Database database, SettingCatalog catalog, SecretBox secrets, PluginRegistry plugins, ServerOptions options, TimeProvider time, ILogger<SettingsService> log)
{
    readonly ConcurrentDictionary<string, string> _stored = new();
    readonly ConcurrentDictionary<string, Secret?> _decrypted = new();

    /// <summary>All settings: the host's, then those of the loaded plugins.</summary>
    public IEnumerable<SettingDescriptor> Descriptors => catalog.All.Concat(plugins.Current.Settings.Select(s => s.Setting));

    /// <summary>Reads what is stored; once, before the first request.</summary>
    public void Load()
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, value FROM settings";
        using var rows = command.ExecuteReader();
        while (rows.Read())
            _stored[rows.GetString(0)] = rows.GetString(1);
    }

    public bool TryDescribe(string key, [NotNullWhen(true)] out SettingDescriptor? descriptor)
    {
        descriptor = Descriptors.FirstOrDefault(d => d.Key == key);
        return descriptor is not null;
    }

    /// <summary>Whether somebody stored a value.</summary>
    public bool IsSet(string key) => _stored.ContainsKey(key);

    /// <summary>The effective value of a setting that is no secret.</summary>
    public string? Get(string key) => TryDescribe(key, out var setting) ? Effective(setting) : null;

    public bool IsOn(string key) => Get(key) == "True";

    /// <summary>The effective value as it may be shown: never a secret.</summary>
    public string? Effective(SettingDescriptor setting) =>
        setting.Kind == SettingKind.Secret ? null : _stored.GetValueOrDefault(setting.Key) ?? setting.Default;

    /// <summary>The stored secret, else the key from the environment; null when there is neither, when it is empty and when it cannot be decrypted.</summary>
    public Secret? GetSecret(string key)
    {
        if (!_stored.TryGetValue(key, out var token))
            return options.FallbackKeys.TryGetValue(key, out var fallback) ? new(fallback) : null;
        return _decrypted.GetOrAdd(token, static (token, context) => context.self.Decrypt(context.key, token), (self: this, key));
    }

    /// <summary>Checks and stores a value.</summary>
    /// <exception cref="ApiException">400: no such setting, or not a value that it can have.</exception>
    public async Task<SettingDescriptor> SetAsync(string key, string value, CancellationToken ct)
    {
        var setting = Known(key);
        var stored = ToStored(setting, value);
        var now = time.UtcNow();
        var id = Guid.CreateVersion7();
        await database.WriteAsync(
            w => w.Execute(
                "INSERT INTO settings (id, key, value, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (key) DO UPDATE SET value = ?3, modified_at = ?4",
                id, key, stored, now),
            ct);
        _stored[key] = stored;
        return setting;
    }

    /// <summary>Forgets the stored value, so that the default applies.</summary>
    /// <exception cref="ApiException">400: no such setting. 404: nothing was stored.</exception>
    public async Task DeleteAsync(string key, CancellationToken ct)
    {
        Known(key);
        if (!_stored.ContainsKey(key))
            throw ApiException.NotFound("setting_not_set", $"The setting {key} is not set.");
        await database.WriteAsync(w => w.Execute("DELETE FROM settings WHERE key = ?1", key), ct);
        _stored.TryRemove(key, out _);
    }

    /// <summary>The values that a choice can have now; the agents are those that are loaded.</summary>
    public IReadOnlyList<string> Choices(SettingDescriptor setting) =>
        setting.Key is SettingCatalog.HarnessKey or SettingCatalog.ChannelsHarnessKey ? [.. plugins.Current.Harnesses.Select(h => h.Id)] : setting.Options;

    SettingDescriptor Known(string key) =>
        TryDescribe(key, out var setting) ? setting : throw ApiException.BadRequest("unknown_setting", $"There is no setting called '{key}'.");

    string ToStored(SettingDescriptor setting, string value)
    {
        switch (setting.Kind)
        {
            case SettingKind.Secret:
                return value.Length == 0 ? "" : secrets.Encrypt(value);
            case SettingKind.Boolean:
                return LenientBool.TryParse(value, out var on) ? (on ? "True" : "False") : throw Unusable(setting, "true or false");
            case SettingKind.Integer:
                return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : throw Unusable(setting, "a whole number");
            case SettingKind.Choice when !Choices(setting).Contains(value):
                throw Unusable(setting, $"one of {string.Join(", ", Choices(setting))}");
            default:
                return value;
        }
    }

    static ApiException Unusable(SettingDescriptor setting, string allowed) =>
        ApiException.BadRequest("invalid_setting", $"{setting.Label} must be {allowed}.");

    Secret? Decrypt(string key, string token)
    {
        if (token.Length == 0)
            return null;
        if (secrets.TryDecrypt(token, out var plain))
            return plain.Length == 0 ? null : new(plain);
        SecretUnreadable(log, key);
        return null;
    }

    [LoggerMessage(LogLevel.Error, "The stored value of {Key} cannot be decrypted with this master key; it counts as unset. Restore the key file or enter the value again")]
    static partial void SecretUnreadable(ILogger log, string key);
}
