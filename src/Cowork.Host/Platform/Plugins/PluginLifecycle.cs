namespace Cowork.Host.Platform.Plugins;

/// <summary>Keeps the plugins in service equal to the folders: loads what is new, replaces what changed, retires what is gone.</summary>
sealed class PluginLifecycle(
    PluginRoots roots, PluginListing listing, PluginWatcher watcher, PluginFactory factory, PluginSnapshots snapshots, PluginRegistry registry,
    PluginHandover services, PluginRetirement retirement, DisabledPlugins disabled, KnownContributions known, TimeProvider time, ILogger<PluginLifecycle> log)
{
    static readonly HashSet<string> None = [];

    readonly SemaphoreSlim _gate = new(1, 1);
    readonly Dictionary<string, PluginGeneration> _live = new(PluginFolder.NameComparer);
    readonly Dictionary<string, PluginFailure> _failures = [];
    HashSet<PluginFolder>? _settled;

    /// <summary>What is there from the start, the banner tells.</summary>
    bool _hasActed;

    /// <summary>All plugin folders and what became of them.</summary>
    public IReadOnlyList<PluginStatus> Statuses => registry.Current.View.Statuses(retirement.Draining);

    /// <summary>Looks at the folders and acts on what changed. Any failure leaves the build in service that was there before.</summary>
    /// <param name="settle">Whether to leave alone what is still being written to. At start there is no build to protect.</param>
    /// <param name="ct">Stops between two steps.</param>
    /// <returns>Whether everything is done; otherwise something deserves another look at once.</returns>
    public Task<bool> ScanAsync(bool settle, CancellationToken ct) => AloneAsync(async () =>
    {
        var folders = listing.Look();
        watcher.Follow(folders);
        var isNews = _settled?.SetEquals(folders) != true || _failures.Values.Any(f => f.Retry == PluginRetry.Always);
        return !isNews || await ActAsync(folders, settle ? await StillChangingAsync(folders, ct) : None, ct);
    }, ct);

    /// <summary>Changes something about a plugin and acts on it, and on it alone: others may be half copied. No scan runs meanwhile.</summary>
    /// <param name="name">The plugin; what failed of it before is tried again.</param>
    /// <param name="reload">Whether to load it again although its files are the same.</param>
    /// <param name="change">The change.</param>
    /// <param name="ct">Stops between two steps.</param>
    public Task ChangeAsync(string name, bool reload, Action change, CancellationToken ct) => AloneAsync(async () =>
    {
        change();
        foreach (var failure in _failures.Values.Where(f => PluginFolder.NameComparer.Equals(f.Folder.Name, name)).ToList())
            _failures.Remove(failure.Folder.Path);
        var folders = listing.Look();
        var others = folders.Select(f => f.Name).Concat(_live.Keys).Where(n => !PluginFolder.NameComparer.Equals(n, name)).ToHashSet(PluginFolder.NameComparer);
        var isDone = await ActAsync(folders, others, ct, reload ? name : null);
        // Others may have waited for just this, and what else changed is for the next scan.
        watcher.Notice();
        return isDone;
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
        registry.Publish(PluginSet.Empty);
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
        changed.SymmetricExceptWith(listing.Look());
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
        var before = _live.ToDictionary(PluginFolder.NameComparer);
        TakeOn([.. attempts.Select(a => a.Loaded).OfType<PluginGeneration>()], gone);
        // The one step in which everything changes for everybody.
        registry.Publish(PluginSet.Of(_live.Values, registry.Current.View.Next(folders, busy, _live, _failures, disabled, known)));
        foreach (var build in _live.Values)
            known.Learn(build);
        var changed = HandOver(before);
        var moved = attempts.Where(a => a.Moved is not null).Select(a => a.Moved!.Name);
        var unfinished = busy.Concat(moved).ToHashSet(PluginFolder.NameComparer);
        _settled = unfinished.Count == 0 ? [.. found] : null;
        return unfinished.Count == 0 && !(changed && _failures.Values.Any(f => f.Retry == PluginRetry.WhenPluginsChange));
    }

    /// <summary>Loads the best folder that works; once a plugin is in service, only a better folder than its own is tried.</summary>
    async Task<PluginAttempt> AttemptAsync(IReadOnlyList<PluginFolder> folders, PluginGeneration? live, bool reload, CancellationToken ct)
    {
        var failures = new List<PluginFailure>();
        foreach (var folder in folders)
        {
            var failed = _failures.GetValueOrDefault(folder.Path) is { } failure && failure.Folder == folder ? failure : null;
            // A reload that failed is tried again when what was in its way may have gone.
            if (folder == live?.Folder && !reload && failed is null)
                break;
            if (failed is { Retry: PluginRetry.WhenFilesChange })
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

    /// <summary>Makes the next state, of which nobody knows yet.</summary>
    void TakeOn(IReadOnlyList<PluginGeneration> loaded, List<string> gone)
    {
        foreach (var name in gone)
            _live.Remove(name);
        foreach (var generation in loaded.OrderBy(g => g.Name, PluginFolder.NameComparer))
        {
            if (PluginConflicts.Find(generation, _live.Values) is { } reason)
            {
                Fail(new(generation.Folder, PluginState.Failed, reason, PluginRetry.WhenPluginsChange));
                _ = retirement.DiscardAsync(generation);
                continue;
            }

            _live[generation.Name] = generation;
            _failures.Remove(generation.Folder.Path);
        }
    }

    /// <summary>Sees off what went out of service, and lets what came into it begin.</summary>
    /// <returns>Whether there was anything.</returns>
    bool HandOver(Dictionary<string, PluginGeneration> before)
    {
        var old = before.Values.Where(b => _live.GetValueOrDefault(b.Name) != b).ToList();
        foreach (var generation in old)
        {
            log.PluginRetired(generation.Name, generation.Version, WhyRetired(generation.Name), generation.Leases);
            _ = SeeOffAsync(generation, services.StopAsync(generation));
        }

        var added = _live.Values.Where(g => before.GetValueOrDefault(g.Name) != g).ToList();
        var level = _hasActed ? LogLevel.Information : LogLevel.Debug;
        foreach (var generation in added)
        {
            if (log.IsEnabled(level))
                log.PluginActivated(level, generation.Name, generation.Version, Summary(generation));
            services.Start(generation);
        }

        _hasActed = true;
        return old.Count + added.Count > 0;
    }

    string WhyRetired(string plugin) => _live.GetValueOrDefault(plugin) is { } next ? $"{next.Version} replaced it"
        : disabled.Contains(plugin) ? "it was disabled"
        : "its folder was removed";

    static string Summary(PluginGeneration plugin) =>
        string.Join(", ", plugin.Contributions.GroupBy(c => c.Kind.Name).Select(k => $"{k.Key} {string.Join(' ', k.Select(c => c.Id))}"));

    async Task SeeOffAsync(PluginGeneration old, Task stopped)
    {
        try
        {
            if (await retirement.RetireAsync(old, stopped))
                await AloneAsync(() => DeleteCopyAsync(old.Copy), CancellationToken.None);
        }
        catch (Exception e)
        {
            log.SeeingOffFailed(e, old.Name, old.Version);
        }
    }

    Task<bool> DeleteCopyAsync(string copy)
    {
        if (_live.Values.Concat(retirement.Draining).All(g => g.Copy != copy))
            PluginSnapshots.Delete(copy);
        return Task.FromResult(true);
    }

    void Forget(ILookup<string, PluginFolder> folders, HashSet<string> busy)
    {
        var present = folders.SelectMany(g => g).ToDictionary(f => f.Path);
        foreach (var failure in _failures.Values.Where(f => !busy.Contains(f.Folder.Name)).ToList())
        {
            // Gone, or again what is in service.
            var found = present.GetValueOrDefault(failure.Folder.Path);
            if (found is null || (found != failure.Folder && found == _live.GetValueOrDefault(found.Name)?.Folder))
                _failures.Remove(failure.Folder.Path);
        }
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
