namespace Cowork.Host.Platform.Plugins;

/// <summary>What a user can do with a plugin. Each answers with what is in the way, or with <c>null</c> when it is done.</summary>
sealed class PluginAdministration(PluginLifecycle lifecycle, DisabledPlugins disabled, PluginRoots roots, ILogger<PluginAdministration> log)
{
    static readonly PluginProblem Unknown =
        new(StatusCodes.Status404NotFound, "unknown_plugin", "There is no plugin of this name. GET /api/v1/plugins lists the names.");

    static readonly PluginProblem Shipped =
        new(StatusCodes.Status409Conflict, "shipped_plugin", "This plugin came with the server and cannot be removed. Disable it instead.");

    static readonly PluginProblem NotRemoved =
        new(StatusCodes.Status500InternalServerError, "plugin_not_removed", "The plugin's folder could not be deleted. The server's log says why.");

    public Task<PluginProblem?> DisableAsync(string name, CancellationToken ct) => ChangeAsync(name, reload: false, known => disabled.Set(known, disabled: true), ct);

    public Task<PluginProblem?> EnableAsync(string name, CancellationToken ct) => ChangeAsync(name, reload: false, known => disabled.Set(known, disabled: false), ct);

    public Task<PluginProblem?> ReloadAsync(string name, CancellationToken ct) => ChangeAsync(name, reload: true, _ => { }, ct);

    /// <summary>
    /// Deletes the user's own folder of the plugin; one of the same name that came with the server takes its place. What the plugin
    /// kept in its data folder stays, as does its line in plugins.lock.
    /// </summary>
    public async Task<PluginProblem?> RemoveAsync(string name, CancellationToken ct)
    {
        var folders = Find(name);
        if (folders.Count == 0)
            return Unknown;
        if (folders.FirstOrDefault(f => !IsShipped(f)) is not { Folder: { } own })
            return Shipped;
        try
        {
            return await ChangeAsync(name, reload: false, _ => Delete(own), ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RemovalFailed(e, own);
            return NotRemoved;
        }
    }

    async Task<PluginProblem?> ChangeAsync(string name, bool reload, Action<string> change, CancellationToken ct)
    {
        // Only names of folders that were found are used from here on; what the client sent is only compared.
        if (Find(name) is not [var known, ..])
            return Unknown;
        await lifecycle.ChangeAsync(known.Name, reload, () => change(known.Name), ct);
        return null;
    }

    List<PluginStatus> Find(string name) =>
        [.. lifecycle.Statuses.Where(s => s.Folder is not null && PluginFolder.NameComparer.Equals(s.Name, name))];

    bool IsShipped(PluginStatus status) => roots.Roots.Any(r => r.Shipped && Path.GetDirectoryName(status.Folder) == r.Path);

    public static void Delete(string folder)
    {
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            Directory.Delete(folder);
            return;
        }

        // Renamed first, so that no half-deleted folder is ever seen; names with a dot in front are not looked at.
        var doomed = Path.Combine(Path.GetDirectoryName(folder)!, "." + Path.GetRandomFileName());
        Directory.Move(folder, doomed);
        PluginSnapshots.Delete(doomed);
    }
}
