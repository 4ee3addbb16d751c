using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>One job of one build of a plugin: when it is due and how it went.</summary>
sealed class PluginJob
{
    readonly Lock _gate = new();
    readonly JobDescriptor _descriptor;
    readonly Type _implementation;
    readonly JobTimes _times;
    PluginJobStatus _status;

    public PluginJob(DeclaredJob declared)
    {
        (_descriptor, _implementation) = declared;
        _times = JobTimes.TryParse(_descriptor, out var times) ? times : throw new ArgumentException("The declaration was not checked.", nameof(declared));
        _status = new(_descriptor.Id, _descriptor.Description, $"{_times}", IsRunning: false, null, null, null);
    }

    public string Id => _descriptor.Id;

    public PluginJobStatus Status
    {
        get
        {
            lock (_gate)
                return _status;
        }
    }

    public IPluginJob CreateFrom(IServiceProvider services) => (IPluginJob)services.GetRequiredService(_implementation);

    /// <summary>Whether its last run must be known after a restart.</summary>
    public bool FollowsLastRun => _times.FollowsLastRun;

    /// <summary>Sets the first time.</summary>
    /// <param name="now">The present.</param>
    /// <param name="zone">The zone of cron expressions.</param>
    /// <param name="lastRun">When it last ran in an earlier build or process, if that counts. What was due meanwhile is due now, once.</param>
    public void Begin(DateTimeOffset now, TimeZoneInfo zone, DateTimeOffset? lastRun)
    {
        var next = _descriptor.RunAtStart ? now : _times.After(lastRun < now ? lastRun.Value : now, zone);
        Change(s => s with { NextRunAt = next < now ? now : next });
    }

    /// <summary>Whether it is due; if so, the time after that is set.</summary>
    public bool TakeDue(DateTimeOffset now, TimeZoneInfo zone)
    {
        lock (_gate)
        {
            if (!(_status.NextRunAt <= now))
                return false;
            _status = _status with { NextRunAt = _times.After(now, zone) };
            return true;
        }
    }

    public void Started(DateTimeOffset now) => Change(s => s with { IsRunning = true, LastRunAt = now });

    public void Ended(JobOutcome outcome) => Change(s => s with { IsRunning = false, LastOutcome = outcome });

    void Change(Func<PluginJobStatus, PluginJobStatus> change)
    {
        lock (_gate)
            _status = change(_status);
    }
}
