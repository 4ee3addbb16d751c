using System.Reflection;
using System.Reflection.Metadata;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Empties the caches in which libraries keep types that they have seen, by the hooks that hot reload uses for that.</summary>
static class ReflectionCaches
{
    // Not the core library's own hook: it loads every type of every assembly in order to empty their caches, 40 MiB of them, and what a type
    // caches of a plugin belongs to the plugin anyway.
    static readonly Assembly CoreLibrary = typeof(object).Assembly;

    public static void Clear()
    {
        foreach (var handler in AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsCollectible && a != CoreLibrary).SelectMany(Handlers))
        {
            try
            {
                handler.GetMethod("ClearCache", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Type[])])?.Invoke(null, [null]);
            }
            catch (TargetInvocationException)
            {
                // A hook that fails leaves its cache full: the plugin stays in memory, which is counted and shown.
            }
        }
    }

    static IEnumerable<Type> Handlers(Assembly assembly) => assembly.GetCustomAttributes<MetadataUpdateHandlerAttribute>().Select(a => a.HandlerType);
}
