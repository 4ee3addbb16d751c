namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Looks at the roots, again and again. What cannot be listed at the moment, for example because there are no file handles
/// left, counts as it was at the look before: gone is only what is known to be missing. Not thread-safe.
/// </summary>
sealed class PluginListing(PluginRoots roots, ILogger<PluginListing> log)
{
    readonly HashSet<string> _unlisted = [];
    IReadOnlyList<PluginFolder> _last = [];

    /// <summary>All plugin folders, those of later roots first.</summary>
    public IReadOnlyList<PluginFolder> Look() => _last = [.. roots.Roots.Reverse().SelectMany(Look)];

    IReadOnlyList<PluginFolder> Look(PluginRoot root) => Try<IReadOnlyList<PluginFolder>>(
        root.Path,
        look: () => [.. from path in Directory.EnumerateDirectories(root.Path)
                  let name = Path.GetFileName(path)
                  where !name.StartsWith('.')
                  orderby name
                  let folder = Look(root, path, name)
                  where folder is not null
                  select folder],
        gone: [],
        unlisted: () => [.. _last.Where(f => f.Root == root)]);

    PluginFolder? Look(PluginRoot root, string path, string name) => Try<PluginFolder?>(
        path,
        look: () => PluginFolder.FingerprintOf(path) is { } print ? new PluginFolder(name, path, root, print) : null,
        gone: null,
        // One that was never seen before gets a row that says why it does not work.
        unlisted: () => _last.FirstOrDefault(f => f.Path == path) ?? new PluginFolder(name, path, root, "unreadable"));

    T Try<T>(string path, Func<T> look, T gone, Func<T> unlisted)
    {
        try
        {
            var found = look();
            _unlisted.Remove(path);
            return found;
        }
        catch (DirectoryNotFoundException)
        {
            return gone;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_unlisted.Add(path))
                log.NotListed(e, path);
            return unlisted();
        }
    }
}
