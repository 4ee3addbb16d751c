using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Testing;

/// <summary>Loads a plugin once more from its file, uses it, unloads it and sees whether it goes.</summary>
static class PluginUnloading
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    // Emptying the caches looks at all assemblies, and so keeps those of another test that waits for the same.
    static readonly SemaphoreSlim OneAtATime = new(1, 1);

    /// <param name="entry">The plugin's entry.</param>
    /// <param name="start">Sets the plugin up.</param>
    /// <param name="use">Uses it.</param>
    /// <param name="patience">How long it may take to go.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>Whether it went.</returns>
    public static async Task<bool> DiesAsync(
        Type entry, Func<ICoworkPlugin, PluginUnderTest> start, Func<PluginUnderTest, CancellationToken, Task> use, TimeSpan patience, CancellationToken ct)
    {
        await OneAtATime.WaitAsync(ct);
        try
        {
            return await DiedAsync(await UseAsync(entry, start, use, ct), patience, ct);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    static async Task<bool> DiedAsync(WeakReference context, TimeSpan patience, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        while (context.IsAlive && !deadline.IsCancellationRequested)
        {
            ReflectionCaches.Clear();
#pragma warning disable RS0030 // Whether it can be collected is the question.
            GC.Collect();
#pragma warning restore RS0030
            GC.WaitForPendingFinalizers();
            await Task.Delay(Pause, TimeProvider.System, ct);
        }

        return !context.IsAlive;
    }

    // A method of its own: what it has on its stack is gone when it has returned.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task<WeakReference> UseAsync(
        Type entry, Func<ICoworkPlugin, PluginUnderTest> start, Func<PluginUnderTest, CancellationToken, Task> use, CancellationToken ct)
    {
        var context = new PluginContextOfItsOwn(entry.Assembly.Location);
        var type = context.LoadFromAssemblyPath(entry.Assembly.Location).GetType(entry.FullName!, throwOnError: true)!;
        await using (var plugin = start((ICoworkPlugin)Activator.CreateInstance(type, nonPublic: true)!))
            await use(plugin, ct);
        context.Unload();
        return new(context);
    }

    sealed class PluginContextOfItsOwn(string file) : AssemblyLoadContext("conformance", isCollectible: true)
    {
        static readonly string[] Frameworks = [RuntimeEnvironment.GetRuntimeDirectory(), Path.GetDirectoryName(typeof(WebApplication).Assembly.Location)!];

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var library = assemblyName.Name + ".dll";
            var own = Path.Combine(Path.GetDirectoryName(file)!, library);
            var isShared = assemblyName.Name == typeof(ICoworkPlugin).Assembly.GetName().Name || Frameworks.Any(f => File.Exists(Path.Combine(f, library)));
            return !isShared && File.Exists(own) ? LoadFromAssemblyPath(own) : null;
        }
    }
}
