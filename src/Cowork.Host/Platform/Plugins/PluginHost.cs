namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Runs the plugins with the server: all are loaded when the start returns, and followed from then on. Registered before
/// whatever runs harnesses, so that it ends after it.
/// </summary>
sealed class PluginHost(PluginRoots roots, PluginLifecycle lifecycle, PluginWatcher watcher, ILogger<PluginHost> log) : IHostedService, IDisposable
{
    readonly CancellationTokenSource _ending = new();
    Task _following = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        CreateRoots();
        foreach (var folder in PluginPermissions.OpenFolders(roots))
            log.FolderOpen(folder);
        await lifecycle.ScanAsync(settle: false, cancellationToken);
        _following = Task.Run(() => FollowAsync(_ending.Token), CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync();
        await _following;
        try
        {
            await lifecycle.EndAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The server's time is up; a plugin that hangs does not hold it.
        }
    }

    public void Dispose() => _ending.Dispose();

    void CreateRoots()
    {
        foreach (var root in roots.Roots.Where(r => !r.Shipped && !Directory.Exists(r.Path)))
        {
            try
            {
                PluginSnapshots.CreatePrivate(root.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.WatchFailed(e, root.Path);
            }
        }
    }

    async Task FollowAsync(CancellationToken ct)
    {
        try
        {
            await lifecycle.TidyAsync(ct);
            while (true)
            {
                await ScanAsync(ct);
                await watcher.WaitAsync(roots.Poll, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    async Task ScanAsync(CancellationToken ct)
    {
        try
        {
            while (!await lifecycle.ScanAsync(settle: true, ct))
            {
                // Still being copied, or a plugin came or went that others waited for.
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.ScanFailed(e);
        }
    }
}
