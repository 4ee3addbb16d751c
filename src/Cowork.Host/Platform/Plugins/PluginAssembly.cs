using System.Reflection;
using System.Runtime.Loader;
using McMaster.NETCore.Plugins;

namespace Cowork.Host.Platform.Plugins;

/// <summary>An assembly in a load context of its own. The only class that knows the loader library.</summary>
sealed class PluginAssembly : IDisposable
{
    readonly PluginLoader _loader;

    PluginAssembly(PluginLoader loader)
    {
        _loader = loader;
        Assembly = loader.LoadDefaultAssembly();
        Context = new(AssemblyLoadContext.GetLoadContext(Assembly));
    }

    public Assembly Assembly { get; }

    /// <summary>Dies when nothing refers to anything of the plugin any more.</summary>
    public WeakReference Context { get; }

    public static PluginAssembly Load(string file)
    {
        var loader = PluginLoader.CreateFromAssemblyFile(file, config =>
        {
            config.IsUnloadable = true;
            // The file is a private copy, so it can be mapped; see docs/decisions/0003-plugin-snapshots.md.
            config.LoadInMemory = false;
            config.EnableHotReload = false;
            // Shared is everything but what the plugin brings itself. Naming what is shared would be clearer, but the
            // loader would load each of it, all of the framework: 150 assemblies and 30 MiB.
            config.PreferSharedTypes = true;
            foreach (var library in PluginLibraries.Names(Path.GetDirectoryName(file)!).Where(l => !SharedAssemblies.Contains(l)))
                config.PrivateAssemblies.Add(new AssemblyName(library));
        });
        try
        {
            return new(loader);
        }
        catch
        {
            loader.Dispose();
            throw;
        }
    }

    /// <summary>Begins to unload; the memory goes when the last reference does.</summary>
    public void Dispose() => _loader.Dispose();
}
