using System.Reflection;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Makes a generation from a folder, or says in one sentence why it cannot.</summary>
sealed class PluginFactory(
    PluginRoots roots, PluginSnapshots snapshots, PluginTrust trust, PluginRetirement retirement, RunningJobs running, JobHistory history,
    IServiceProvider host, TimeProvider time, ILogger<PluginFactory> log)
{
    /// <summary>Loads a plugin and asks it what it contributes; nothing of it is in service yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <returns>The generation, or <c>null</c> when the folder is still being written to.</returns>
    /// <exception cref="PluginRefusedException">It cannot be used.</exception>
    public async Task<PluginGeneration?> CreateAsync(PluginFolder folder, CancellationToken ct)
    {
        // On another thread, so that a plugin that never returns costs a thread and not the start of the server.
        WeakReference? context = null;
        var creating = Task.Run(() => CreateAsync(folder, loaded => Volatile.Write(ref context, loaded)), CancellationToken.None);
        try
        {
            return await creating.WaitAsync(roots.LoadDeadline, time, ct);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !creating.IsCompleted)
        {
            if (Volatile.Read(ref context) is { } loaded)
                retirement.Count(loaded);
            _ = DiscardWhenLateAsync(creating);
            ct.ThrowIfCancellationRequested();
            throw PluginDeclarations.Refused($"{folder.Name} did not say within {roots.LoadDeadline.TotalSeconds} seconds what it contributes.");
        }
    }

    async Task DiscardWhenLateAsync(Task<PluginGeneration?> creating)
    {
        try
        {
            if (await creating is { } late)
                await retirement.DiscardAsync(late);
        }
        catch (PluginRefusedException)
        {
            // Nothing came of it.
        }
    }

    async Task<PluginGeneration?> CreateAsync(PluginFolder folder, Action<WeakReference> loaded)
    {
        try
        {
            if (!folder.HasValidName)
                throw PluginDeclarations.Refused($"The name of the folder cannot be the name of a plugin: {PluginName.Rule}.");
            if (Copy(folder) is not { } copy)
                return null;
            var file = Path.Combine(copy, folder.Name + ".dll");
            if (!File.Exists(file))
                throw PluginDeclarations.Refused($"The folder has no {folder.Name}.dll: the assembly must have the name of its folder.");
            return await LoadAsync(folder, file, ContractCheck.Read(file), loaded);
        }
        catch (Exception e)
        {
            throw Explain(folder.Name, e);
        }
    }

    string? Copy(PluginFolder folder)
    {
        try
        {
            PluginPermissions.Check(folder);
            // Before the copy, because it is cheap; and of the copy, because that is what runs.
            trust.Check(folder, Path.Combine(folder.Path, folder.Name + ".dll"));
            var copy = snapshots.Take(folder);
            if (copy is not null)
                trust.Check(folder, Path.Combine(copy, folder.Name + ".dll"));
            return copy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = $"The files of {folder.Name} could not be read or copied; the server's log says why.";
            throw new PluginRefusedException(PluginState.Failed, reason, e) { Retry = PluginRetry.Always };
        }
    }

    async Task<PluginGeneration> LoadAsync(PluginFolder folder, string file, PluginManifest manifest, Action<WeakReference> loaded)
    {
        var assembly = PluginAssembly.Load(file);
        loaded(assembly.Context);
        ServiceProvider? services = null;
        try
        {
            var builder = Configure(folder, Entry(assembly.Assembly), Path.GetDirectoryName(file)!, manifest);
            services = PluginContainer.Build(builder, host);
            var endpoints = PluginEndpoints.Map(folder.Name, builder.Endpoints, services);
            await PluginEndpoints.ProveAsync(endpoints, host);
            var background = new PluginBackgroundServices(folder.Name, services, roots.ServiceDeadline, time, log);
            var generation = new PluginGeneration(folder, assembly, builder, services, background, log);
            generation.Adopt(endpoints);
            generation.Adopt(new PluginJobs(generation, builder.Jobs, running, history, roots.ServiceDeadline, time, log));
            return generation;
        }
        catch
        {
            _ = VerifyAsync(folder.Name, manifest.Version, DisposeAsync(folder.Name, assembly, services));
            throw;
        }
    }

    // A method of its own, so that nothing refers to the assembly while its end is waited for.
    async Task<WeakReference> DisposeAsync(string plugin, PluginAssembly assembly, ServiceProvider? services)
    {
        retirement.Count(assembly.Context);
        try
        {
            await (services?.DisposeAsync() ?? default);
        }
        catch (Exception e)
        {
            log.DisposeFailed(e, plugin);
        }

        assembly.Dispose();
        return assembly.Context;
    }

    async Task VerifyAsync(string plugin, string version, Task<WeakReference> disposed) => await retirement.VerifyAsync(plugin, version, await disposed);

    PluginBuilder Configure(PluginFolder folder, ICoworkPlugin plugin, string copy, PluginManifest manifest)
    {
        if (plugin.Name != folder.Name)
            throw PluginDeclarations.Refused($"The plugin calls itself '{plugin.Name}' but its folder is named {folder.Name}: both must be the same.");
        var data = Path.Combine(roots.DataDirectory, folder.Name);
        PluginSnapshots.CreatePrivate(data);
        var builder = new PluginBuilder(new PluginContext(folder.Name, manifest.Version, copy, data));
        plugin.Configure(builder);
        PluginDeclarations.Check(builder, host.GetRequiredService<IPluginSettingsSource>());
        return builder;
    }

    static ICoworkPlugin Entry(Assembly assembly)
    {
        var entries = assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ICoworkPlugin))).ToList();
        return entries switch
        {
            [var entry] => (ICoworkPlugin)Activator.CreateInstance(entry)!,
            [] => throw PluginDeclarations.Refused($"{assembly.GetName().Name}.dll has no public class that implements {nameof(ICoworkPlugin)}."),
            _ => throw PluginDeclarations.Refused($"{assembly.GetName().Name}.dll has more than one public class that implements {nameof(ICoworkPlugin)}."),
        };
    }

    static PluginRefusedException Explain(string name, Exception e) => e switch
    {
        PluginRefusedException refused => refused,
        TargetInvocationException { InnerException: { } inner } => Explain(name, inner),
        BadImageFormatException => new(PluginState.Failed, $"{name} is not a .NET assembly, or a library of it is none: a file may be damaged or still being copied.", e),
        FileNotFoundException { FileName: { } missing } when missing.Contains("Version=", StringComparison.Ordinal) =>
            Missing(name, new AssemblyName(missing), e),
        TypeLoadException or MissingMemberException or ReflectionTypeLoadException =>
            new(PluginState.Incompatible, $"{name} does not fit this server or the libraries in its folder: {FirstLine(e)}", e),
        _ => new(PluginState.Failed, $"{name} failed while it was being set up: {FirstLine(e)}", e),
    };

    static PluginRefusedException Missing(string name, AssemblyName library, Exception e) =>
        new(PluginState.Failed, PluginLibraries.Sentence(name, library.Name, library.Version), e);

    static string FirstLine(Exception e) => e.Message.Split('\n')[0].TrimEnd();
}
