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
            foreach (var service in services.GetServices<IHostedService>())
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
        await _stopping.CancelAsync();
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
        try
        {
            await Task.Run(() => service.StartAsync(_stopping.Token)).WaitAsync(deadline, time);
            if (service is BackgroundService { ExecuteTask: { } work })
                _ = WatchAsync(work);
        }
        catch (Exception e)
        {
            log.BackgroundServiceFailed(e, plugin);
        }
    }

    async Task StopAsync(IHostedService service)
    {
        try
        {
            using var patience = new CancellationTokenSource(deadline, time);
            await Task.Run(() => service.StopAsync(patience.Token)).WaitAsync(deadline, time);
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
