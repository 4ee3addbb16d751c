using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.Loader;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Keeps the process alive when a thread, a timer or an <c>async void</c> method that a plugin started on its own throws: nobody
/// calls those, so nobody else can catch it. What the server itself does not catch still ends it.
/// </summary>
static class PluginCrashes
{
    /// <summary>Begins; once per process, and by whoever owns the process.</summary>
    public static void Contain(ILogger log) => ExceptionHandling.SetUnhandledExceptionHandler(e =>
    {
        if (PluginOf(e) is not { } plugin)
            return false;
        log.PluginCrashed(e, plugin);
        return true;
    });

    /// <summary>The plugin whose code began what threw: the outermost frame that is not the framework's tells.</summary>
    static string? PluginOf(Exception e) =>
        new StackTrace(e).GetFrames()
            .Select(f => f.GetMethod()?.Module.Assembly)
            .LastOrDefault(a => a is not null && !SharedAssemblies.Contains(a.GetName().Name!)) is { } outermost
        && AssemblyLoadContext.GetLoadContext(outermost) is { IsCollectible: true, Name: { } plugin }
            ? plugin
            : null;
}
