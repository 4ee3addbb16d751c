namespace Cowork.Host.Platform.Plugins;

/// <summary>Notices that something happens under the roots.</summary>
sealed class PluginWatcher : IDisposable
{
    readonly SemaphoreSlim _noticed = new(0);
    readonly List<FileSystemWatcher> _watchers = [];

    public PluginWatcher(PluginRoots roots, ILogger log)
    {
        foreach (var root in roots.Roots.Where(r => Directory.Exists(r.Path)))
        {
            try
            {
                _watchers.Add(Watch(root.Path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // No handles left, for example. The poll finds changes, too.
                log.WatchFailed(e, root.Path);
            }
        }
    }

    /// <summary>Waits for a notice, but not longer than this.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        await _noticed.WaitAsync(atMost, ct);
        while (_noticed.Wait(0, ct))
        {
            // A copied folder makes many notices; one scan answers them all.
        }
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers)
            watcher.Dispose();
    }

    FileSystemWatcher Watch(string path)
    {
        var watcher = new FileSystemWatcher(path) { IncludeSubdirectories = true };
        watcher.Created += (_, _) => _noticed.Release();
        watcher.Changed += (_, _) => _noticed.Release();
        watcher.Deleted += (_, _) => _noticed.Release();
        watcher.Renamed += (_, _) => _noticed.Release();
        watcher.Error += (_, _) => _noticed.Release();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }
}
