using Coravel.Scheduling.Schedule.Interfaces;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Begins the jobs of the plugins in service when they are due.</summary>
sealed class PluginJobClock(PluginRegistry registry) : IRecurringWork
{
    public IScheduledEventConfiguration When(IScheduleInterval interval) => interval.EverySecond();

    public Task RunAsync(CancellationToken ct)
    {
        foreach (var jobs in registry.Current.Jobs)
            jobs.RunDue();
        return Task.CompletedTask;
    }
}
