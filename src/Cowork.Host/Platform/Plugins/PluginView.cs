namespace Cowork.Host.Platform.Plugins;

/// <summary>Why a folder is not in service.</summary>
sealed record PluginFailure(PluginFolder Folder, PluginState State, string Reason, PluginRetry Retry)
{
    /// <summary>For the log.</summary>
    public Exception? Cause { get; init; }
}

/// <summary>What came of trying the folders of one plugin.</summary>
/// <param name="Failures">Folders that could not be loaded.</param>
/// <param name="Loaded">The generation that could.</param>
/// <param name="Moved">The folder that changed while it was being copied.</param>
sealed record PluginAttempt(IReadOnlyList<PluginFailure> Failures, PluginGeneration? Loaded, PluginFolder? Moved);

/// <summary>The states of all plugin folders after a scan. Immutable.</summary>
sealed class PluginView
{
    readonly IReadOnlyList<(PluginFolder Folder, PluginStatus Status, PluginGeneration? Generation)> _rows;

    PluginView(IReadOnlyList<(PluginFolder, PluginStatus, PluginGeneration?)> rows) => _rows = rows;

    public static PluginView Empty { get; } = new([]);

    /// <summary>The states, with the leases of this moment.</summary>
    /// <param name="draining">Generations that finish what they began. Those of which no folder is left have a row of their own.</param>
    public IReadOnlyList<PluginStatus> Statuses(IEnumerable<PluginGeneration> draining)
    {
        var rows = _rows.Select(r => r.Status with { Leases = r.Generation?.Leases ?? 0, Jobs = r.Generation?.Jobs?.Statuses ?? r.Status.Jobs }).ToList();
        foreach (var leaving in draining.GroupBy(g => g.Name, PluginFolder.NameComparer))
        {
            // The plugin's row is that of its folder in service, else of its best one.
            var row = rows.FindIndex(r => r.State == PluginState.Active && IsOf(r));
            row = row >= 0 ? row : rows.FindIndex(IsOf);
            if (row < 0)
                rows.Add(Removed(leaving.First()));
            row = row >= 0 ? row : rows.Count - 1;
            rows[row] = rows[row] with { Draining = leaving.Count(), DrainingLeases = leaving.Sum(g => g.Leases) };

            bool IsOf(PluginStatus status) => PluginFolder.NameComparer.Equals(status.Name, leaving.Key);
        }

        return [.. rows.OrderBy(s => s.Name, PluginFolder.NameComparer).ThenBy(s => s.State)];
    }

    /// <summary>The view after a scan: the folders of each plugin come best first, busy ones were left alone and keep their rows.</summary>
    public PluginView Next(
        ILookup<string, PluginFolder> folders, IReadOnlySet<string> busy, IReadOnlyDictionary<string, PluginGeneration> live,
        IReadOnlyDictionary<string, PluginFailure> failures, DisabledPlugins disabled, KnownContributions known)
    {
        var versions = _rows.ToDictionary(r => r.Folder, r => r.Status.Version);
        return new(
        [
            .. _rows.Where(r => busy.Contains(r.Folder.Name)),
            .. from plugin in folders
               from folder in plugin
               let generation = live.GetValueOrDefault(plugin.Key) is { } g && g.Folder.Path == folder.Path ? g : null
               let status = Describe(folder, generation, failures.GetValueOrDefault(folder.Path), disabled.Contains(folder.Name) && folder == plugin.First(), known)
               let version = generation?.Version ?? versions.GetValueOrDefault(folder) ?? VersionOf(folder)
               select (folder, status with { Version = version, Folder = folder.Path }, generation),
        ]);
    }

    static PluginStatus Removed(PluginGeneration leaving) =>
        new(leaving.Name, leaving.Version, PluginState.Removed) { Reason = "Its folder is gone; what it had begun is being finished." };

    static PluginStatus Describe(PluginFolder folder, PluginGeneration? generation, PluginFailure? failure, bool isDisabled, KnownContributions known)
    {
        var status = new PluginStatus(folder.Name, "", PluginState.Superseded);
        if (generation is not null)
            return status with { State = PluginState.Active, Contributions = generation.Contributions, Reason = failure is null ? null : KeepsOld(failure) };
        if (isDisabled)
            return known.Recall(folder, status with { State = PluginState.Disabled, Reason = "Switched off." });
        return failure is null
            ? status with { Reason = "Another folder of the same name is used instead." }
            : status with { State = failure.State, Reason = failure.Reason };
    }

    static string KeepsOld(PluginFailure failure) => $"The build in the folder could not be loaded, so the one before stays in service. {failure.Reason}";

    static string VersionOf(PluginFolder folder)
    {
        try
        {
            return PluginManifest.Read(Path.Combine(folder.Path, folder.Name + ".dll"))?.Version ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
