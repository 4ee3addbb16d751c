namespace Cowork.Host.Platform.Plugins;

/// <summary>Starts and stops the background services of one build of a plugin. Whatever they do, it returns in time.</summary>
sealed class PluginBackgroundServices(string plugin, IServiceProvider services, TimeSpan deadline, TimeProvider time, ILogger log)
{
    readonly SemaphoreSlim _gate = new(1, 1);
    readonly CancellationTokenSource _stopping = new();
    readonly List<IHostedService> _started = [];

    public async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_stopping.IsCancellationRequested)
                return;
            // On another thread: a constructor that never returns costs a thread and not the builds that follow.
            foreach (var service in await Task.Run(() => services.GetServices<IHostedService>().ToList()).WaitAsync(deadline, time))
            {
                _started.Add(service);
                await StartAsync(service);
            }
        }
        catch (Exception e)
        {
            log.BackgroundServiceFailed(e, plugin);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task StopAsync()
    {
        await AttemptAsync(_stopping.CancelAsync);
        // Whoever holds it gives it back in time.
        await _gate.WaitAsync();
        try
        {
            _started.Reverse();
            foreach (var service in _started)
                await StopAsync(service);
        }
        finally
        {
            _started.Clear();
            _gate.Release();
        }
    }

    async Task StartAsync(IHostedService service)
    {
        await AttemptAsync(() => service.StartAsync(_stopping.Token));
        if (service is BackgroundService { ExecuteTask: { } work })
            _ = WatchAsync(work);
    }

    async Task StopAsync(IHostedService service)
    {
        using var patience = new CancellationTokenSource(deadline, time);
        await AttemptAsync(() => service.StopAsync(patience.Token));
    }

    /// <summary>Calls into the plugin, on another thread, and waits but not for ever; what it throws is logged.</summary>
    async Task AttemptAsync(Func<Task> call)
    {
        try
        {
            await Task.Run(call).WaitAsync(deadline, time);
        }
        catch (Exception e)
        {
            log.BackgroundServiceFailed(e, plugin);
        }
    }

    async Task WatchAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked to.
        }
        catch (Exception e)
        {
            log.BackgroundServiceFailed(e, plugin);
        }
    }
}
