using Coravel.Scheduling.Schedule.Interfaces;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>Tells the ends of runs that are still to be told. Apart from the clock of the schedules: a receiver may let it wait.</summary>
sealed class NoticeClock(ScheduleNotices notices) : IRecurringWork
{
    public IScheduledEventConfiguration When(IScheduleInterval interval) => interval.EveryTenSeconds();

    public Task RunAsync(CancellationToken ct) => notices.SendDueAsync(ct);
}
