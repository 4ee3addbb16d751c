using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Remembers which plugins the user switched off.</summary>
sealed class DisabledPlugins
{
    readonly string _file;
    volatile HashSet<string> _names;

    public DisabledPlugins(PluginRoots roots, ILogger<DisabledPlugins> log)
    {
        _file = roots.StateFile;
        _names = Read(log);
    }

    public bool Contains(string plugin) => _names.Contains(plugin);

    /// <summary>Writes the new state, then takes it on. Not to be called twice at once.</summary>
    public void Set(string plugin, bool disabled)
    {
        var names = new HashSet<string>(_names, PluginFolder.NameComparer);
        if (disabled ? names.Add(plugin) : names.Remove(plugin))
        {
            var state = new PluginsState([.. names.Order(StringComparer.Ordinal)]);
            AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(state, PluginsStateJson.Default.PluginsState), isPrivate: true);
            _names = names;
        }
    }

    HashSet<string> Read(ILogger log)
    {
        try
        {
            var state = File.Exists(_file) ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), PluginsStateJson.Default.PluginsState) : null;
            return new(state?.Disabled ?? [], PluginFolder.NameComparer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            log.StateUnreadable(e, _file);
            return new(PluginFolder.NameComparer);
        }
    }
}

/// <summary>What is on disk.</summary>
/// <param name="Disabled">Names of plugins.</param>
sealed record PluginsState(IReadOnlyList<string> Disabled);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PluginsState))]
sealed partial class PluginsStateJson : JsonSerializerContext;
