namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Private copies of plugin folders, one per build, never changed once written. A plugin is loaded from its copy, so that
/// it finds its own files until its end, whatever happens to the folder that was dropped.
/// </summary>
sealed class PluginSnapshots(PluginRoots roots)
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const string Unfinished = ".unfinished-";

    /// <summary>Copies a folder unless there is a copy of the same build already.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The path of the copy, or <c>null</c> when the folder changed meanwhile.</returns>
    public string? Take(PluginFolder folder)
    {
        var copy = PathOf(folder);
        if (Directory.Exists(copy))
            return copy;

        var home = Path.GetDirectoryName(copy)!;
        CreatePrivate(home);
        var unfinished = Path.Combine(home, Unfinished + Path.GetRandomFileName());
        try
        {
            CopyFiles(folder.Path, unfinished);
            if (PluginFolder.FingerprintOf(folder.Path) != folder.Fingerprint)
                return null;
            // The rename is what makes a copy count: a killed process leaves an unfinished one that nobody takes for whole.
            Directory.Move(unfinished, copy);
            return copy;
        }
        catch (IOException) when (Directory.Exists(copy))
        {
            // Another process was faster; its copy is the same.
            return copy;
        }
        finally
        {
            Delete(unfinished);
        }
    }

    /// <summary>Deletes the copy of a build that cannot be loaded: it may be the copy that is damaged.</summary>
    public void Discard(PluginFolder folder) => Delete(PathOf(folder));

    /// <summary>Deletes a copy; best effort, because what is left over is found at the next start.</summary>
    /// <param name="copy">Its path.</param>
    public static void Delete(string copy)
    {
        try
        {
            Directory.Delete(copy, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone already, or still mapped on Windows.
        }
    }

    /// <summary>Deletes all copies but these.</summary>
    /// <param name="used">Paths of copies in use.</param>
    public void DeleteAllBut(IReadOnlySet<string> used)
    {
        if (!Directory.Exists(roots.CacheDirectory))
            return;
        foreach (var copy in Directory.EnumerateDirectories(roots.CacheDirectory).SelectMany(Directory.EnumerateDirectories).Where(c => !used.Contains(c)).ToList())
            Delete(copy);
    }

    /// <summary>Creates a folder that only this user can enter.</summary>
    /// <param name="path">The folder.</param>
    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    string PathOf(PluginFolder folder) => Path.Combine(roots.CacheDirectory, folder.Name, folder.Fingerprint);

    static void CopyFiles(string from, string to)
    {
        CreatePrivate(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in new DirectoryInfo(from).EnumerateDirectories())
        {
            // It may lead back to where it is, or to everything.
            if (folder.LinkTarget is not null)
                throw PluginDeclarations.Refused($"Not loaded, because the folder holds a link to a folder ({folder.Name}): copy what it leads to instead.");
            CopyFiles(folder.FullName, Path.Combine(to, folder.Name));
        }
    }
}
