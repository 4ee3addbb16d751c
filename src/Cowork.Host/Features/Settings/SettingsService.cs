using System.Collections.Concurrent;
using System.Globalization;
using Cowork.Abstractions;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Secrets;

namespace Cowork.Host.Features.Settings;

/// <summary>
/// The settings: what is stored, else the default. Kept in memory, because nearly every request reads some; written through to
/// the database. Thread-safe.
/// </summary>
[FeatureService]
sealed partial class SettingsService(
    Database database, SettingDirectory directory, SecretBox secrets, ServerOptions options, TimeProvider time, ILogger<SettingsService> log) : IDisposable
{
    readonly SemaphoreSlim _writing = new(1, 1);
    readonly StoredSettingsFile _file = new();
    readonly ConcurrentDictionary<string, string> _stored = new();
    readonly ConcurrentDictionary<string, Secret?> _decrypted = new();

    /// <summary>Tokens that the log has named as unreadable; the key file may still come back, so they are tried again.</summary>
    readonly ConcurrentDictionary<string, bool> _unreadable = new();

    /// <summary>Reads what is stored, before the first request, and names every secret that cannot be used.</summary>
    public void Load()
    {
        Refresh();
        foreach (var secret in directory.Current.All.Where(s => s.Kind == SettingKind.Secret))
            GetSecret(secret.Key);
    }

    /// <summary>Takes over what somebody else stored in the file; costs microseconds while nothing in it has changed.</summary>
    public void Refresh()
    {
        // While a value is being stored the file is behind what memory is about to say.
        if (!_writing.Wait(0))
            return;
        try
        {
            if (_file.HasChanged(database))
                Replace(_file.Read());
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _file.Dispose();

    void Replace(Dictionary<string, string> stored)
    {
        foreach (var (key, value) in stored)
            _stored[key] = value;
        foreach (var key in _stored.Keys.Where(k => !stored.ContainsKey(k)).ToList())
            _stored.TryRemove(key, out _);
    }

    /// <summary>Whether somebody stored a value.</summary>
    public bool IsSet(string key) => _stored.ContainsKey(key);

    /// <summary>The effective value of a setting that is no secret.</summary>
    public string? Get(string key) => directory.Current.Find(key) is { } setting ? Effective(setting) : null;

    public bool IsOn(string key) => Get(key) == "True";

    /// <summary>The effective value of a number with a range; the default where another program has stored something else.</summary>
    public int Number(string key) =>
        int.TryParse(Get(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && IsInRange(key, number)
            ? number
            : int.Parse(directory.Current.Find(key)!.Default!, CultureInfo.InvariantCulture);

    /// <summary>The effective value as it may be shown: never a secret.</summary>
    public string? Effective(SettingDescriptor setting) =>
        setting.Kind == SettingKind.Secret ? null : _stored.GetValueOrDefault(setting.Key) ?? Default(setting);

    /// <summary>The stored secret, else the key from the environment; null when there is neither, when it is empty and when it cannot be decrypted.</summary>
    public Secret? GetSecret(string key)
    {
        if (!_stored.TryGetValue(key, out var token))
            return options.FallbackKeys.TryGetValue(key, out var fallback) ? new(fallback) : null;
        return TryDecrypt(key, token, out var secret) ? secret : null;
    }

    /// <summary>Why a stored secret cannot be used; null when it can, and when none is stored.</summary>
    public string? Problem(string key) =>
        _stored.TryGetValue(key, out var token) && !TryDecrypt(key, token, out _)
            ? "A value is stored, but this server's master key cannot decrypt it. Put the right key file back, or enter the value again."
            : null;

    /// <summary>All secrets that can be read: stored ones, and keys from the environment that stand in for them.</summary>
    public IEnumerable<Secret> Secrets => directory.Current.All.Where(s => s.Kind == SettingKind.Secret).Select(s => GetSecret(s.Key)).OfType<Secret>();

    /// <summary>Checks and stores a value.</summary>
    /// <exception cref="ApiException">400: no such setting, or not a value that it can have.</exception>
    public async Task<SettingDescriptor> SetAsync(string key, string value, CancellationToken ct)
    {
        await StoreAsync([new(key, ToStored(key, value))], ct);
        return Known(key);
    }

    /// <summary>Checks a value and gives it the form in which it is stored; changes nothing.</summary>
    /// <exception cref="ApiException">400: no such setting, or not a value that it can have.</exception>
    public string ToStored(string key, string value) => ToStored(Known(key), value);

    /// <summary>Stores values that <see cref="ToStored(string, string)"/> made, all or none.</summary>
    public async Task StoreAsync(IReadOnlyList<KeyValuePair<string, string>> values, CancellationToken ct)
    {
        var now = time.UtcNow();
        // Alone: of two that store the same key, the one that the database keeps is the one that memory keeps.
        await _writing.WaitAsync(ct);
        try
        {
            await database.WriteAsync(
                w =>
                {
                    foreach (var (key, value) in values)
                        w.Execute(
                            "INSERT INTO settings (id, key, value, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (key) DO UPDATE SET value = ?3, modified_at = ?4",
                            Guid.CreateVersion7(), key, value, now);
                },
                ct);
            foreach (var (key, value) in values)
                _stored[key] = value;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Forgets the stored value, so that the default applies.</summary>
    /// <exception cref="ApiException">400: no such setting. 404: nothing was stored.</exception>
    public async Task DeleteAsync(string key, CancellationToken ct)
    {
        Known(key);
        await _writing.WaitAsync(ct);
        try
        {
            if (!_stored.ContainsKey(key))
                throw ApiException.NotFound("setting_not_set", $"The setting {key} is not set.");
            await database.WriteAsync(w => w.Execute("DELETE FROM settings WHERE key = ?1", key), ct);
            _stored.TryRemove(key, out _);
        }
        finally
        {
            _writing.Release();
        }
    }

    SettingDescriptor Known(string key) =>
        directory.Current.Find(key) ?? throw ApiException.BadRequest("unknown_setting", $"There is no setting called '{key}'.");

    /// <summary>The models' defaults follow the provider that is chosen for them.</summary>
    string? Default(SettingDescriptor setting) => setting.Key switch
    {
        "planning_model" => Providers.DefaultModels(Get("planning_provider")!).Planning,
        "coding_model" => Providers.DefaultModels(Get("coding_provider")!).Coding,
        _ => setting.Default,
    };

    string ToStored(SettingDescriptor setting, string value)
    {
        switch (setting.Kind)
        {
            case SettingKind.Secret:
                return value.Length == 0 ? "" : Encrypt(setting, value);
            case SettingKind.Boolean:
                return LenientBool.TryParse(value, out var on) ? (on ? "True" : "False") : throw Unusable(setting, "true or false");
            case SettingKind.Integer:
                return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && IsInRange(setting.Key, number)
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : throw Unusable(setting, SettingCatalog.Ranges.TryGetValue(setting.Key, out var range) ? $"a whole number from {range.Least} to {range.Most}" : "a whole number");
            case SettingKind.Choice when directory.Current.Choices(setting) is var choices && !choices.Contains(value):
                throw Unusable(setting, $"one of {string.Join(", ", choices)}");
            default:
                return value;
        }
    }

    static bool IsInRange(string key, long number) =>
        !SettingCatalog.Ranges.TryGetValue(key, out var range) || (number >= range.Least && number <= range.Most);

    static ApiException Unusable(SettingDescriptor setting, string allowed) =>
        ApiException.BadRequest("invalid_setting", $"{setting.Label} must be {allowed}.");

    /// <remarks>Without its file a new key would be made, and with that file's return the new secret would be lost.</remarks>
    string Encrypt(SettingDescriptor setting, string value)
    {
        var others = directory.Current.All.Where(s => s.Kind == SettingKind.Secret && s.Key != setting.Key && _stored.GetValueOrDefault(s.Key) is { Length: > 0 }).Select(s => s.Key).ToList();
        if (others.Count > 0 && !secrets.HasKey)
            throw new MasterKeyException($"The key file {options.MasterKeyPath} is gone, and secrets stored with it are still there: {string.Join(", ", others)}. Put the file back, or clear those settings to start with a new key.");
        return secrets.Encrypt(value);
    }

    /// <returns>False when the token is of another key, or there is no key.</returns>
    bool TryDecrypt(string key, string token, out Secret? secret)
    {
        secret = null;
        if (token.Length == 0 || _decrypted.TryGetValue(token, out secret))
            return true;
        if (secrets.TryDecrypt(token, out var plain))
        {
            _decrypted[token] = secret = plain.Length == 0 ? null : new(plain);
            return true;
        }

        if (_unreadable.TryAdd(token, true))
            SecretUnreadable(log, key);
        return false;
    }

    [LoggerMessage(LogLevel.Error, "The stored value of {Key} cannot be decrypted with this master key; it counts as unset. Restore the key file or enter the value again")]
    static partial void SecretUnreadable(ILogger log, string key);
}
