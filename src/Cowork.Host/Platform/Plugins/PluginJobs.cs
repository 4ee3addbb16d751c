using System.Collections.Concurrent;

namespace Cowork.Host.Platform.Plugins;

/// <summary>The jobs of one build of a plugin. They run between its start and its stop, each once at a time; their failures stay with the plugin.</summary>
sealed class PluginJobs(PluginGeneration plugin, IEnumerable<DeclaredJob> declared, RunningJobs running, JobHistory history, TimeSpan deadline, TimeProvider time, ILogger log)
{
    readonly IReadOnlyList<PluginJob> _jobs = [.. declared.Select(d => new PluginJob(d))];
    readonly ConcurrentDictionary<PluginJob, Task> _runs = [];
    readonly CancellationTokenSource _stopping = new();
    readonly Lock _gate = new();

    public IReadOnlyList<PluginJobStatus> Statuses => [.. _jobs.Select(j => j.Status)];

    /// <summary>Sets the times from which <see cref="RunDue"/> goes.</summary>
    public void Start()
    {
        foreach (var job in _jobs)
            job.Begin(time.GetUtcNow(), time.LocalTimeZone, job.FollowsLastRun ? history.LastRun(plugin.Name, job.Id) : null);
    }

    /// <summary>Begins what is due, and does not wait for it.</summary>
    public void RunDue()
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;
            var now = time.GetUtcNow();
            foreach (var job in _jobs.Where(j => j.TakeDue(now, time.LocalTimeZone) && running.TryBegin(plugin.Name, j.Id)))
            {
                job.Started(now);
                if (job.FollowsLastRun)
                    history.Ran(plugin.Name, job.Id, now);
                // On another thread: a job that does not give its thread back must not stop the clock.
                _runs[job] = Task.Run(() => RunAsync(job), CancellationToken.None);
            }
        }
    }

    /// <summary>Tells the runs to end and waits for them, but not for ever.</summary>
    public async Task StopAsync()
    {
        try
        {
            await EndAsync().WaitAsync(deadline, time);
        }
        catch (TimeoutException)
        {
            log.JobsStillRun(plugin.Name, string.Join(", ", Statuses.Where(s => s.IsRunning).Select(s => s.Id)), deadline.TotalSeconds);
        }
        catch (Exception e)
        {
            // A callback of the plugin that was told of the end.
            log.BackgroundServiceFailed(e, plugin.Name);
        }
    }

    async Task EndAsync()
    {
        Task told;
        lock (_gate)
            told = _stopping.CancelAsync();
        await told;
        await Task.WhenAll(_runs.Values);
    }

    async Task RunAsync(PluginJob job)
    {
        var outcome = JobOutcome.Cancelled;
        try
        {
            if (!plugin.TryEnter())
                return;
            outcome = await InsideAsync(job);
            plugin.Exit();
        }
        finally
        {
            job.Ended(outcome);
            running.End(plugin.Name, job.Id);
        }
    }

    async Task<JobOutcome> InsideAsync(PluginJob job)
    {
        try
        {
            await using var scope = plugin.CreateScope();
            await job.CreateFrom(scope.ServiceProvider).RunAsync(_stopping.Token);
            return JobOutcome.Completed;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return JobOutcome.Cancelled;
        }
        catch (Exception e)
        {
            log.JobFailed(e, plugin.Name, job.Id);
            return JobOutcome.Failed;
        }
    }
}

/// <summary>Which jobs run now: a build that replaces another does not begin a job that the old one has not ended.</summary>
sealed class RunningJobs
{
    readonly ConcurrentDictionary<(string Plugin, string Job), bool> _running = [];

    public bool TryBegin(string plugin, string job) => _running.TryAdd((plugin, job), true);

    public void End(string plugin, string job) => _running.TryRemove((plugin, job), out _);
}
