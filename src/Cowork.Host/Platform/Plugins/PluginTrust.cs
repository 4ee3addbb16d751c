using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// The optional list of the builds that may run. Without the file every plugin in the folders may; with it, only those whose
/// assembly has the listed hash. What came with the server is as trusted as the server itself.
/// </summary>
sealed class PluginTrust(PluginRoots roots)
{
    /// <summary>Refuses a build that is not on the list.</summary>
    /// <param name="folder">The plugin.</param>
    /// <param name="assembly">The file that is to be loaded.</param>
    /// <exception cref="PluginRefusedException">It is not on the list.</exception>
    public void Check(PluginFolder folder, string assembly)
    {
        if (folder.Root.Shipped || !File.Exists(roots.LockFile) || !File.Exists(assembly))
            return;
        PluginPermissions.CheckList(roots.LockFile);
        if (Read().TryGetValue(folder.Name, out var trusted) && HashOf(assembly).Equals(trusted, StringComparison.OrdinalIgnoreCase))
            return;
        var reason = trusted is null ? "it is not listed in plugins.lock" : "this build is not the one in plugins.lock";
        throw new PluginRefusedException(PluginState.Failed, $"Not loaded, because {reason}: if you trust it, run 'cowork-server plugins trust {folder.Name}'.")
        {
            Retry = PluginRetry.Always,
        };
    }

    /// <summary>Puts a build on the list; the first one creates it.</summary>
    /// <param name="name">The plugin.</param>
    /// <param name="assembly">Its assembly file.</param>
    /// <returns>The hash.</returns>
    public string Add(string name, string assembly)
    {
        var hash = HashOf(assembly);
        var plugins = File.Exists(roots.LockFile) ? Read() : NoPlugins();
        plugins[name] = hash;
        PluginSnapshots.CreatePrivate(Path.GetDirectoryName(roots.LockFile)!);
        AtomicFile.Write(roots.LockFile, JsonSerializer.SerializeToUtf8Bytes(new PluginLock(plugins), PluginLockJson.Default.PluginLock), isPrivate: true);
        return hash;
    }

    SortedDictionary<string, string> Read()
    {
        try
        {
            var listed = JsonSerializer.Deserialize(File.ReadAllBytes(roots.LockFile), PluginLockJson.Default.PluginLock)?.Plugins ?? throw new JsonException();
            var plugins = NoPlugins();
            foreach (var (name, hash) in listed)
                plugins[name] = hash;
            return plugins;
        }
        catch (JsonException e)
        {
            // A list that cannot be read must not become one that allows everything.
            throw new PluginRefusedException(PluginState.Failed, "Not loaded, because plugins.lock is not valid: correct it, or delete it to allow every plugin.", e)
            {
                Retry = PluginRetry.Always,
            };
        }
    }

    /// <summary>Names are compared as those of folders are; a list that people edit may spell one twice.</summary>
    static SortedDictionary<string, string> NoPlugins() => new(PluginFolder.NameComparer);

    /// <summary>SHA-256 of a file, in hex.</summary>
    public static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>What is on disk.</summary>
/// <param name="Plugins">Name to SHA-256 of the assembly.</param>
sealed record PluginLock(SortedDictionary<string, string>? Plugins);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PluginLock))]
sealed partial class PluginLockJson : JsonSerializerContext;
