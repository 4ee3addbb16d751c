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
    }

    public Assembly Assembly { get; }

    /// <summary>Dies when nothing refers to anything of the plugin any more.</summary>
    public WeakReference Context => new(AssemblyLoadContext.GetLoadContext(Assembly));

    public static PluginAssembly Load(string file)
    {
        var loader = PluginLoader.CreateFromAssemblyFile(file, config =>
        {
            config.IsUnloadable = true;
            // The file is a private copy, so it can be mapped; see docs/decisions/0003-plugin-snapshots.md.
            config.LoadInMemory = false;
            config.EnableHotReload = false;
            // The loader loads whatever is named here, and all that it refers to unless told to be lazy: the whole framework, 40 MiB.
            config.IsLazyLoaded = true;
            config.SharedAssemblies.Add(SharedAssemblies.Contract);
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
