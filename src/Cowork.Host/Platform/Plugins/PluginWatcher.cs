namespace Cowork.Host.Platform.Plugins;

/// <summary>Notices that something happens under the roots, and in the folders that links in the roots lead to.</summary>
sealed class PluginWatcher(PluginRoots roots, ILogger<PluginWatcher> log) : IDisposable
{
    readonly SemaphoreSlim _noticed = new(0);
    readonly Lock _gate = new();
    readonly Dictionary<string, (DateTime Created, FileSystemWatcher? Watcher)> _watched = [];
    bool _isDisposed;

    /// <summary>Waits for a notice, but not longer than this.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        await _noticed.WaitAsync(atMost, ct);
        while (_noticed.Wait(0, ct))
        {
            // A copied folder makes many notices; one scan answers them all.
        }
    }

    /// <summary>Asks for another scan.</summary>
    public void Notice() => _noticed.Release();

    /// <summary>
    /// Watches what there is now. A folder that was made anew is another one, though it has the same path; what happened in it
    /// before it was watched is noticed, too.
    /// </summary>
    /// <param name="folders">The plugin folders.</param>
    public void Follow(IEnumerable<PluginFolder> folders)
    {
        var wanted = roots.Roots.Select(r => r.Path).Where(Directory.Exists).Select(p => Target(p) ?? p)
            .Concat(folders.Select(f => Target(f.Path)).OfType<string>())
            .ToHashSet();
        lock (_gate)
        {
            if (_isDisposed)
                return;
            foreach (var path in _watched.Keys.Where(p => !wanted.Contains(p)).ToList())
                Forget(path);
            foreach (var path in wanted)
            {
                var created = Directory.GetCreationTimeUtc(path);
                if (_watched.TryGetValue(path, out var known) && known.Created == created)
                    continue;
                Forget(path);
                _watched[path] = (created, TryWatch(path));
                Notice();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var path in _watched.Keys.ToList())
                Forget(path);
        }
    }

    static string? Target(string path)
    {
        try
        {
            return Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    void Forget(string path)
    {
        if (_watched.Remove(path, out var known))
            known.Watcher?.Dispose();
    }

    FileSystemWatcher? TryWatch(string path)
    {
        try
        {
            return Watch(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // No handles left, for example. The poll finds changes, too.
            log.WatchFailed(e, path);
            return null;
        }
    }

    FileSystemWatcher Watch(string path)
    {
        var watcher = new FileSystemWatcher(path) { IncludeSubdirectories = true };
        watcher.Created += (_, _) => Notice();
        watcher.Changed += (_, _) => Notice();
        watcher.Deleted += (_, _) => Notice();
        watcher.Renamed += (_, _) => Notice();
        watcher.Error += (_, _) => Lose(path);
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    /// <summary>Notices were lost, or none come any more: the next scan watches anew.</summary>
    void Lose(string path)
    {
        lock (_gate)
            Forget(path);
        Notice();
    }
}
