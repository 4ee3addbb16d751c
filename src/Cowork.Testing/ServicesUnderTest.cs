namespace Cowork.Testing;

/// <summary>The background services of a plugin: started and stopped as the server does it, but what goes wrong is told and not only logged.</summary>
sealed class ServicesUnderTest(IServiceProvider services)
{
    readonly Lock _gate = new();
    readonly List<IHostedService> _started = [];
    Task<IReadOnlyList<string>>? _starting;

    /// <summary>Starts them, once.</summary>
    /// <param name="patience">How long each may take.</param>
    /// <returns>What went wrong, in sentences.</returns>
    public Task<IReadOnlyList<string>> StartAsync(TimeSpan patience)
    {
        lock (_gate)
            return _starting ??= StartAllAsync(patience);
    }

    /// <summary>Stops those that were started, the last one first.</summary>
    /// <param name="patience">How long each may take.</param>
    /// <returns>What went wrong, in sentences; also what went wrong while they ran.</returns>
    public async Task<IReadOnlyList<string>> StopAsync(TimeSpan patience)
    {
        if (_starting is { } starting)
            await starting;
        var problems = new List<string>();
        foreach (var service in Enumerable.Reverse(_started))
        {
            var name = service.GetType().Name;
            var failed = service is BackgroundService { ExecuteTask: { IsFaulted: true } work } ? work.Exception!.InnerException : null;
            using var deadline = new CancellationTokenSource(patience);
            await TryAsync(() => service.StopAsync(deadline.Token), patience, name, "stop", problems);
            if (failed is not null)
                problems.Add($"{name} broke off: {failed.Message}");
            else if (service is BackgroundService { ExecuteTask.IsCompleted: false })
                problems.Add($"{name} still runs {patience.TotalSeconds} seconds after it was told to stop.");
        }

        _started.Clear();
        return problems;
    }

    async Task<IReadOnlyList<string>> StartAllAsync(TimeSpan patience)
    {
        var problems = new List<string>();
        foreach (var service in services.GetServices<IHostedService>())
        {
            _started.Add(service);
            await TryAsync(() => service.StartAsync(CancellationToken.None), patience, service.GetType().Name, "start", problems);
        }

        return problems;
    }

    // On another thread: a service that never gives its thread back must not take the test with it.
    static async Task TryAsync(Func<Task> act, TimeSpan patience, string service, string what, List<string> problems)
    {
        try
        {
            await Task.Run(act).WaitAsync(patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            problems.Add($"{service} did not {what} within {patience.TotalSeconds} seconds.");
        }
        catch (Exception e)
        {
            problems.Add($"{service} did not {what}: {e.Message}");
        }
    }
}
