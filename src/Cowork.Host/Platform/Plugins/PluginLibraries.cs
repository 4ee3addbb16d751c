using System.Text.Json;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// The libraries in the folder of a plugin, and whether they are all there. What the plugin itself references must be. What a
/// library references may be missing where the author's build did without it as well, which its <c>.deps.json</c> tells.
/// </summary>
sealed class PluginLibraries
{
    readonly HashSet<string> _present;
    readonly HashSet<string>? _listed;

    PluginLibraries(HashSet<string> present, HashSet<string>? listed, IReadOnlyList<PluginManifest> manifests) =>
        (_present, _listed, Manifests) = (present, listed, manifests);

    /// <summary>The managed libraries that lie directly beside the plugin's assembly, without those that it gets from the server.</summary>
    public IReadOnlyList<PluginManifest> Manifests { get; }

    /// <summary>Looks into the folder of a plugin.</summary>
    /// <param name="file">The plugin's assembly.</param>
    /// <returns>Its libraries.</returns>
    /// <exception cref="PluginRefusedException">A file among them is damaged or incomplete.</exception>
    public static PluginLibraries Beside(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        var listed = Listed(Path.ChangeExtension(file, ".deps.json"));
        var manifests = new List<PluginManifest>();
        foreach (var library in Directory.EnumerateFiles(folder, "*.dll").Where(l => l != file && !SharedAssemblies.Contains(Name(l))))
        {
            if (PluginManifest.Read(library) is { } manifest)
                manifests.Add(manifest);
            else if (listed?.Contains(Name(library)) == true)
                throw PluginDeclarations.Refused($"{Path.GetFileName(library)} is not a .NET assembly: the file may be damaged or still being copied.");
        }

        return new(Names(folder).ToHashSet(StringComparer.OrdinalIgnoreCase), listed, manifests);
    }

    /// <summary>The names of all libraries in a folder and below it.</summary>
    public static IEnumerable<string> Names(string folder) => Directory.EnumerateFiles(folder, "*.dll", SearchOption.AllDirectories).Select(Name);

    /// <summary>Finds a library that the plugin needs and does not have.</summary>
    /// <param name="plugin">The plugin's assembly.</param>
    /// <returns>A sentence about it, or <c>null</c>.</returns>
    public string? Missing(PluginManifest plugin) =>
        Missing(plugin, isPlugin: true) ?? Manifests.Select(m => Missing(m, isPlugin: false)).FirstOrDefault(m => m is not null);

    /// <summary>The sentence about a library that is not there.</summary>
    public static string Sentence(string who, string? library, Version? version) => $"{who} needs {library} {version}, which is not in its folder.";

    string? Missing(PluginManifest assembly, bool isPlugin)
    {
        foreach (var (name, version) in assembly.References)
        {
            if (!SharedAssemblies.Contains(name) && !_present.Contains(name) && (isPlugin || _listed?.Contains(name) != false))
                return Sentence(assembly.AssemblyName, name, version);
        }

        return null;
    }

    /// <summary>The assemblies that the plugin's build came with.</summary>
    static HashSet<string>? Listed(string file)
    {
        if (!File.Exists(file))
            return null;
        try
        {
            using var list = JsonDocument.Parse(File.ReadAllBytes(file));
            return
            [
                .. from target in list.RootElement.GetProperty("targets").EnumerateObject()
                   from library in target.Value.EnumerateObject()
                   where library.Value.TryGetProperty("runtime", out _)
                   from asset in library.Value.GetProperty("runtime").EnumerateObject()
                   select Name(asset.Name),
            ];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new PluginRefusedException(PluginState.Failed, $"{Path.GetFileName(file)} cannot be read: the file may be damaged or still being copied.", e);
        }
    }

    static string Name(string path) => Path.GetFileNameWithoutExtension(path);
}
