using Coravel;
using Coravel.Scheduling.Schedule.Interfaces;

namespace Cowork.Host.Platform.Hosting;

/// <summary>Work that comes back, for example tidying up. Every implementation in this assembly is found and given to the scheduler.</summary>
interface IRecurringWork
{
    /// <summary>Says when it runs; it also runs once right after the start.</summary>
    IScheduledEventConfiguration When(IScheduleInterval interval);

    /// <summary>Does the work once; never twice at the same time.</summary>
    Task RunAsync(CancellationToken ct);
}

/// <summary>
/// Hands the recurring work to Coravel, which is the ticker and nothing more: it keeps nothing on disk and replays ticks after a sleep, so
/// work must not care how often it runs.
/// </summary>
static class RecurringWork
{
    public static void Schedule(IServiceProvider services)
    {
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        services.UseScheduler(scheduler =>
        {
            foreach (var work in services.GetServices<IRecurringWork>())
                work.When(scheduler.ScheduleAsync(() => RunAsync(work, stopping))).RunOnceAtStart().PreventOverlapping(work.GetType().Name);
        }).OnError(e => RecurringWorkLog.WorkFailed(services.GetRequiredService<ILogger<IRecurringWork>>(), e));
    }

    static async Task RunAsync(IRecurringWork work, CancellationToken stopping)
    {
        try
        {
            await work.RunAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server ends.
        }
    }
}

static partial class RecurringWorkLog
{
    [LoggerMessage(LogLevel.Error, "Recurring work failed; it runs again when its time comes")]
    public static partial void WorkFailed(ILogger log, Exception e);
}
