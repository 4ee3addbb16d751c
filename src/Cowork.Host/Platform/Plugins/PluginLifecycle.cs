namespace Cowork.Host.Platform.Plugins;

/// <summary>Keeps the plugins in service equal to the folders: loads what is new, replaces what changed, retires what is gone.</summary>
sealed class PluginLifecycle(
    PluginRoots roots, PluginFactory factory, PluginSnapshots snapshots, PluginRegistry registry, PluginRetirement retirement,
    DisabledPlugins disabled, KnownContributions known, TimeProvider time, ILogger<PluginLifecycle> log)
{
    static readonly HashSet<string> None = [];

    readonly SemaphoreSlim _gate = new(1, 1);
    readonly Dictionary<string, PluginGeneration> _live = new(PluginFolder.NameComparer);
    readonly Dictionary<string, PluginFailure> _failures = [];
    HashSet<PluginFolder>? _settled;
    volatile PluginView _view = PluginView.Empty;

    /// <summary>All plugin folders and what became of them.</summary>
    public IReadOnlyList<PluginStatus> Statuses => _view.Statuses(retirement.Removed);

    /// <summary>Looks at the folders and acts on what changed. Any failure leaves the build in service that was there before.</summary>
    /// <param name="settle">Whether to leave alone what is still being written to. At start there is no build to protect.</param>
    /// <param name="ct">Stops between two steps.</param>
    /// <returns>Whether everything is done; otherwise something deserves another look at once.</returns>
    public Task<bool> ScanAsync(bool settle, CancellationToken ct) => AloneAsync(async () =>
    {
        var folders = PluginFolder.Find(roots);
        var isNews = _settled?.SetEquals(folders) != true || _failures.Values.Any(f => f.Retry == PluginRetry.Always);
        return !isNews || await ActAsync(folders, settle ? await StillChangingAsync(folders, ct) : None, ct);
    }, ct);

    /// <summary>Changes something about a plugin and acts on it; no scan runs meanwhile.</summary>
    /// <param name="name">The plugin; what failed of it before is tried again.</param>
    /// <param name="reload">Whether to load it again although its files are the same.</param>
    /// <param name="change">The change.</param>
    /// <param name="ct">Stops between two steps.</param>
    public Task ChangeAsync(string name, bool reload, Action change, CancellationToken ct) => AloneAsync(async () =>
    {
        change();
        foreach (var failure in _failures.Values.Where(f => PluginFolder.NameComparer.Equals(f.Folder.Name, name)).ToList())
            _failures.Remove(failure.Folder.Path);
        return await ActAsync(PluginFolder.Find(roots), None, ct, reload ? name : null);
    }, ct);

    /// <summary>Deletes private copies that nobody uses.</summary>
    public Task TidyAsync(CancellationToken ct) => AloneAsync(() =>
    {
        snapshots.DeleteAllBut(_live.Values.Select(g => g.Copy).Concat(retirement.Draining.Select(g => g.Copy)).ToHashSet());
        return Task.FromResult(true);
    }, ct);

    /// <summary>Takes everything out of service, because the server ends.</summary>
    public Task EndAsync() => AloneAsync(async () =>
    {
        registry.Replace(PluginSet.Of([]));
        await Task.WhenAll(_live.Values.Concat(retirement.Draining).Select(retirement.EndAsync));
        _live.Clear();
        return true;
    }, CancellationToken.None);

    async Task<bool> AloneAsync(Func<Task<bool>> act, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            return await act();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <returns>Names of plugins that somebody is writing to.</returns>
    async Task<HashSet<string>> StillChangingAsync(IReadOnlyList<PluginFolder> folders, CancellationToken ct)
    {
        await Task.Delay(roots.Settle, time, ct);
        var changed = new HashSet<PluginFolder>(folders);
        changed.SymmetricExceptWith(PluginFolder.Find(roots));
        return changed.Select(f => f.Name).ToHashSet(PluginFolder.NameComparer);
    }

    async Task<bool> ActAsync(IReadOnlyList<PluginFolder> found, HashSet<string> busy, CancellationToken ct, string? reload = null)
    {
        var folders = found.Where(f => !busy.Contains(f.Name)).ToLookup(f => f.Name, PluginFolder.NameComparer);
        Forget(folders, busy);
        var attempts = await Task.WhenAll(folders.Where(g => !disabled.Contains(g.Key))
            .Select(g => AttemptAsync([.. g], _live.GetValueOrDefault(g.Key), PluginFolder.NameComparer.Equals(g.Key, reload), ct)));
        foreach (var failure in attempts.SelectMany(a => a.Failures))
            Fail(failure);

        var gone = _live.Keys.Where(n => !busy.Contains(n) && (!folders.Contains(n) || disabled.Contains(n))).ToList();
        var changed = await SwitchAsync([.. attempts.Select(a => a.Loaded).OfType<PluginGeneration>()], gone);
        var moved = attempts.Where(a => a.Moved is not null).Select(a => a.Moved!.Name);
        var unfinished = busy.Concat(moved).ToHashSet(PluginFolder.NameComparer);
        _settled = unfinished.Count == 0 ? [.. found] : null;
        _view = _view.Next(folders, busy, _live, _failures, disabled, known);
        return unfinished.Count == 0 && !(changed && _failures.Values.Any(f => f.Retry == PluginRetry.WhenPluginsChange));
    }

    /// <summary>Loads the best folder that works; once a plugin is in service, only a better folder than its own is tried.</summary>
    async Task<PluginAttempt> AttemptAsync(IReadOnlyList<PluginFolder> folders, PluginGeneration? live, bool reload, CancellationToken ct)
    {
        var failures = new List<PluginFailure>();
        foreach (var folder in folders)
        {
            if (folder == live?.Folder && !reload)
                break;
            if (_failures.TryGetValue(folder.Path, out var known) && known.Folder == folder && known.Retry == PluginRetry.WhenFilesChange)
            {
                if (folder.Path == live?.Folder.Path)
                    break;
                continue;
            }

            try
            {
                return await factory.CreateAsync(folder, ct) is { } loaded ? new(failures, loaded, null) : new(failures, null, folder);
            }
            catch (PluginRefusedException refused)
            {
                failures.Add(new(folder, refused.State, refused.Message, refused.Retry) { Cause = refused.InnerException });
                if (live is not null)
                    break;
            }
        }

        return new(failures, null, null);
    }

    async Task<bool> SwitchAsync(IReadOnlyList<PluginGeneration> loaded, List<string> gone)
    {
        var next = new Dictionary<string, PluginGeneration>(_live, PluginFolder.NameComparer);
        foreach (var name in gone)
            next.Remove(name);
        foreach (var generation in loaded.OrderBy(g => g.Name, PluginFolder.NameComparer))
        {
            if (PluginConflicts.Find(generation, next.Values) is { } reason)
            {
                Fail(new(generation.Folder, PluginState.Failed, reason, PluginRetry.WhenPluginsChange));
                await generation.DisposeAsync();
                continue;
            }

            next[generation.Name] = generation;
        }

        var before = _live.ToList();
        var added = next.Values.Where(g => _live.GetValueOrDefault(g.Name) != g).ToList();
        if (added.Count == 0 && gone.Count == 0)
            return false;

        registry.Replace(PluginSet.Of(next.Values));
        _live.Clear();
        foreach (var generation in next.Values)
            _live.Add(generation.Name, generation);
        foreach (var generation in added)
        {
            _failures.Remove(generation.Folder.Path);
            log.PluginActivated(generation.Name, generation.Version);
        }

        foreach (var generation in added.Where(g => !before.Exists(b => b.Value.Name == g.Name)))
            _ = generation.StartServicesAsync();
        foreach (var (name, old) in before.Where(b => next.GetValueOrDefault(b.Key) != b.Value))
            _ = SeeOffAsync(old, next.GetValueOrDefault(name));
        return true;
    }

    async Task SeeOffAsync(PluginGeneration old, PluginGeneration? next)
    {
        if (!await retirement.RetireAsync(old, next))
            return;
        await AloneAsync(() =>
        {
            if (_live.Values.Concat(retirement.Draining).All(g => g.Copy != old.Copy))
                PluginSnapshots.Delete(old.Copy);
            return Task.FromResult(true);
        }, CancellationToken.None);
    }

    void Forget(ILookup<string, PluginFolder> folders, HashSet<string> busy)
    {
        var present = folders.SelectMany(g => g).Select(f => f.Path).ToHashSet();
        foreach (var failure in _failures.Values.Where(f => !present.Contains(f.Folder.Path) && !busy.Contains(f.Folder.Name)).ToList())
            _failures.Remove(failure.Folder.Path);
    }

    void Fail(PluginFailure failure)
    {
        if (_failures.GetValueOrDefault(failure.Folder.Path)?.Reason != failure.Reason)
            log.PluginRefused(failure.Cause, failure.Folder.Path, failure.State, failure.Reason);
        // The cause may be of a type of the plugin, which must not be kept.
        _failures[failure.Folder.Path] = failure with { Cause = null };
        if (_live.Values.All(g => g.Folder != failure.Folder))
            snapshots.Discard(failure.Folder);
    }
}
