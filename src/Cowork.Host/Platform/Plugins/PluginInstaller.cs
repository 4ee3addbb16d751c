using System.IO.Compression;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Puts a build into a plugins folder: all of it in one step, or nothing.</summary>
/// <param name="root">The plugins folder.</param>
sealed class PluginInstaller(string root)
{
    const long MostBytes = 512L * 1024 * 1024;
    const int MostFiles = 10_000;
    const string PackageFiles = "lib/net10.0/";

    /// <summary>Installs a build over what is there.</summary>
    /// <param name="source">A folder, a <c>.zip</c> or a <c>.nupkg</c>.</param>
    /// <param name="ct">Gives up; nothing is left behind.</param>
    /// <returns>What was installed.</returns>
    /// <exception cref="PluginRefusedException">It cannot be installed; the message says why.</exception>
    public async Task<PluginManifest> InstallAsync(string source, CancellationToken ct)
    {
        using var plugin = await UnpackAsync(source, ct);
        Place(plugin);
        return plugin.Manifest;
    }

    /// <summary>Unpacks and checks a build, beside its place and not yet in it.</summary>
    /// <param name="source">A folder, a <c>.zip</c> or a <c>.nupkg</c>.</param>
    /// <param name="ct">Gives up; nothing is left behind.</param>
    /// <returns>The build; disposing it deletes what was not put in place.</returns>
    /// <exception cref="PluginRefusedException">It cannot be installed; the message says why.</exception>
    public async Task<UnpackedPlugin> UnpackAsync(string source, CancellationToken ct)
    {
        PluginSnapshots.CreatePrivate(root);
        // In the same folder, so that the last step is a rename; names with a dot in front are not looked at.
        var incoming = Path.Combine(root, "." + Path.GetRandomFileName());
        PluginSnapshots.CreatePrivate(incoming);
        try
        {
            await UnpackAsync(source, incoming, ct);
            var (folder, name) = Find(incoming, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source))));
            return new(incoming, folder, ContractCheck.Read(Path.Combine(folder, name + ".dll")));
        }
        catch (Exception e)
        {
            PluginSnapshots.Delete(incoming);
            if (e is InvalidDataException)
                throw new PluginRefusedException(PluginState.Failed, $"{Path.GetFileName(source)} is not a whole archive.", e);
            throw;
        }
    }

    /// <summary>Puts an unpacked build in its place: all of it in one step, or nothing.</summary>
    public void Place(UnpackedPlugin plugin) => Place(plugin.Folder, plugin.Manifest.AssemblyName);

    static async Task UnpackAsync(string source, string to, CancellationToken ct)
    {
        var room = new Room();
        if (Directory.Exists(source))
        {
            var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (var file in Directory.EnumerateFiles(source, "*", all))
            {
                await using var content = File.OpenRead(file);
                await room.WriteAsync(to, Path.GetRelativePath(source, file), content, ct);
            }

            return;
        }

        if (!File.Exists(source))
            throw PluginDeclarations.Refused($"There is no folder or archive {source}.");
        var isPackage = source.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase);
        using var archive = await ZipFile.OpenReadAsync(source, ct);
        foreach (var entry in archive.Entries.Where(e => e.Name.Length > 0 && (!isPackage || e.FullName.StartsWith(PackageFiles, StringComparison.Ordinal))))
        {
            await using var content = await entry.OpenAsync(ct);
            await room.WriteAsync(to, isPackage ? entry.FullName[PackageFiles.Length..] : entry.FullName, content, ct);
        }
    }

    /// <summary>The folder of the plugin in what was unpacked: archives often hold one folder that holds everything.</summary>
    static (string Folder, string Name) Find(string unpacked, string source)
    {
        foreach (var folder in Directory.EnumerateDirectories(unpacked).Prepend(unpacked))
        {
            var plugins = Directory.EnumerateFiles(folder, "*.dll").Where(IsPlugin).Select(f => Path.GetFileNameWithoutExtension(f)).ToList();
            var named = plugins.FirstOrDefault(p => p == source || p == Path.GetFileName(folder));
            if (named is not null || plugins.Count == 1)
                return (folder, named ?? plugins[0]);
            if (plugins.Count > 1)
                throw PluginDeclarations.Refused($"Which is the plugin: {string.Join(", ", plugins)}? Give the folder the name of its assembly.");
        }

        throw PluginDeclarations.Refused($"There is no assembly in {source} that references {SharedAssemblies.Contract.Name}.");
    }

    static bool IsPlugin(string file) => PluginManifest.Read(file) is { } manifest && manifest.ReferencesContract;

    void Place(string folder, string name)
    {
        var target = Path.Combine(root, name);
        var replaced = Path.Combine(root, "." + Path.GetRandomFileName());
        var isUpdate = Directory.Exists(target);
        if (isUpdate)
            Directory.Move(target, replaced);
        try
        {
            Directory.Move(folder, target);
        }
        catch (IOException) when (isUpdate)
        {
            Directory.Move(replaced, target);
            throw;
        }

        if (isUpdate)
            PluginSnapshots.Delete(replaced);
    }

    /// <summary>Counts what is really written: the sizes in an archive are what its author claims.</summary>
    sealed class Room
    {
        readonly byte[] _buffer = new byte[81920];
        long _bytes;
        int _files;

        public async Task WriteAsync(string root, string path, Stream content, CancellationToken ct)
        {
            if (!SafePath.TryResolve(root, path, out var file))
                throw PluginDeclarations.Refused($"The archive holds a file that would lie outside of the plugin: {path}.");
            if (++_files > MostFiles)
                throw PluginDeclarations.Refused($"That is too much for a plugin: more than {MostFiles} files.");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using var target = new FileStream(file, FileMode.CreateNew);
            while (await content.ReadAsync(_buffer, ct) is > 0 and var read)
            {
                if ((_bytes += read) > MostBytes)
                    throw PluginDeclarations.Refused($"That is too much for a plugin: more than {MostBytes / 1024 / 1024} MiB.");
                await target.WriteAsync(_buffer.AsMemory(0, read), ct);
            }
        }
    }
}

/// <summary>A build that is unpacked and checked.</summary>
/// <param name="incoming">What to delete at the end.</param>
/// <param name="folder">Where its files are.</param>
/// <param name="manifest">What its assembly says about itself.</param>
sealed class UnpackedPlugin(string incoming, string folder, PluginManifest manifest) : IDisposable
{
    public string Folder => folder;

    public PluginManifest Manifest => manifest;

    /// <summary>The build as if it were in place already.</summary>
    /// <param name="root">The user's plugins folder.</param>
    public PluginFolder In(string root) => new(manifest.AssemblyName, folder, new(root, Shipped: false), PluginFolder.FingerprintOf(folder) ?? "");

    public void Dispose() => PluginSnapshots.Delete(incoming);
}
