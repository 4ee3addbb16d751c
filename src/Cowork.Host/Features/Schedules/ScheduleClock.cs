using Coravel.Scheduling.Schedule.Interfaces;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>Looks for what is due, often enough that nothing is noticeably late.</summary>
sealed class ScheduleClock(ScheduleRunner runner) : IRecurringWork
{
    public IScheduledEventConfiguration When(IScheduleInterval interval) => interval.EveryTenSeconds();

    public Task RunAsync(CancellationToken ct) => runner.PollAsync(ct);
}
