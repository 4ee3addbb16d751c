using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Secrets;

namespace Cowork.Host.Features.Settings;

/// <summary>The env file in which settings lay before there was a database; old clients still write it.</summary>
[FeatureService]
sealed partial class LegacySettings(SettingsService settings, ServerOptions options, ILogger<LegacySettings> log)
{
    const string Prefix = "ANTON_";
    const string MindsKey = "ANTON_MINDS_API_KEY";

    /// <summary>The row that says that the file was read once; no setting, so it never shows.</summary>
    const string ImportedMark = "_env_migrated";

    static readonly FrozenSet<string> KnownNames = new[]
    {
        "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "MINDS_API_KEY", "PLANNING_PROVIDER", "PLANNING_MODEL", "CODING_PROVIDER", "CODING_MODEL",
        "MINDS_URL", "OPENAI_BASE_URL", "MEMORY_ENABLED", "MEMORY_MODE", "EPISODIC_MEMORY", "PROACTIVE_DASHBOARDS", "PUBLISH_URL",
    }.Select(n => Prefix + n).ToFrozenSet();

    readonly SemaphoreSlim _saving = new(1, 1);

    /// <summary>Lines that the log has named: clients save the file again and again.</summary>
    readonly ConcurrentDictionary<(string Key, string Value), bool> _named = new();

    /// <summary>At the very first start, takes over what the file says; values that cannot be used are left out.</summary>
    public async Task ImportOnceAsync()
    {
        if (settings.IsSet(ImportedMark))
            return;
        var values = new List<KeyValuePair<string, string>>();
        var file = Read();
        foreach (var name in file.Keys)
            if (TryTranslate(file, name, out var key, out var value))
                AddIfUsable(values, key, value);
        values.Add(new(ImportedMark, "1"));
        await settings.StoreAsync(values, CancellationToken.None);
    }

    /// <summary>What the file says; empty when it is not there or cannot be read.</summary>
    public IReadOnlyDictionary<string, string> Read() => EnvironmentFiles.ReadQuietly(options.LegacyEnvFile);

    /// <summary>Merges lines into the file, and what they mean into the settings.</summary>
    /// <exception cref="ApiException">400: a value that its setting cannot have; nothing has changed then.</exception>
    public async Task SaveAsync(string content, CancellationToken ct)
    {
        await _saving.WaitAsync(ct);
        try
        {
            var incoming = EnvironmentFiles.Parse(content);
            var merged = File.Exists(options.LegacyEnvFile) ? EnvironmentFiles.Parse(await File.ReadAllTextAsync(options.LegacyEnvFile, ct)) : [];
            foreach (var (name, value) in incoming)
                merged[name] = value;

            var values = new List<KeyValuePair<string, string>>();
            foreach (var name in merged.Keys)
            {
                if (!TryTranslate(merged, name, out var key, out var value))
                    continue;
                if (incoming.ContainsKey(name))
                    values.Add(new(key, settings.ToStored(key, value)));
                else if (!settings.IsSet(key))
                    AddIfUsable(values, key, value);
            }

            // The user may keep the file elsewhere and a link to it here.
            AtomicFile.Write(SafePath.FollowLinks(options.LegacyEnvFile), Encoding.UTF8.GetBytes(EnvironmentFiles.Format(merged)), isPrivate: true);
            await settings.StoreAsync(values, CancellationToken.None);
        }
        finally
        {
            _saving.Release();
        }
    }

    /// <returns>False for names that mean no setting, and for empty values.</returns>
    static bool TryTranslate(IReadOnlyDictionary<string, string> file, string name, out string key, out string value)
    {
        key = KnownNames.Contains(name) ? name[Prefix.Length..].ToLowerInvariant() : "";
        value = file[name];
        if (key.Length == 0 || value.Length == 0)
            return false;
        if (!key.EndsWith("_provider", StringComparison.Ordinal))
            return true;
        value = Providers.FromWire(value);
        // The file had no name of its own for MindsHub, which speaks OpenAI's language.
        if (value == Providers.OpenAiCompatible && file.GetValueOrDefault(MindsKey) is { Length: > 0 })
            value = Providers.MindsCloud;
        return true;
    }

    void AddIfUsable(List<KeyValuePair<string, string>> values, string key, string value)
    {
        try
        {
            values.Add(new(key, settings.ToStored(key, value)));
        }
        catch (Exception e) when (e is ApiException or MasterKeyException)
        {
            if (_named.TryAdd((key, value), true))
                ValueUnusable(log, key, options.LegacyEnvFile, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Key} was not taken over from {File}: {Reason}")]
    static partial void ValueUnusable(ILogger log, string key, string file, string reason);
}
