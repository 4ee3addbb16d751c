using Coravel.Scheduling.Schedule.Interfaces;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Search;

/// <summary>Keeps the index from falling behind while nobody searches, so that what was deleted is soon gone from it too.</summary>
sealed class SearchIndexing(SearchQueue queue, ProjectScan scan) : IRecurringWork
{
    bool _hasScanned;

    public IScheduledEventConfiguration When(IScheduleInterval interval) => interval.EveryMinute();

    public Task RunAsync(CancellationToken ct)
    {
        // Neither is waited for: the first time may take a while, and other recurring work wants its turn.
        _ = queue.CatchUp();
        // Once, so that the first search finds the files; later ones look for themselves.
        if (!_hasScanned)
            _ = scan.EnsureFresh();
        _hasScanned = true;
        return Task.CompletedTask;
    }
}
