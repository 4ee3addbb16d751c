using System.Threading.Channels;
using Cowork.Host.Features.Turns;

namespace Cowork.Host.Features.Search;

/// <summary>Indexes in the background what is noted: after the start, and after every turn.</summary>
sealed partial class SearchIndexing(SearchQueue queue, ProjectScan scan, IRunBus bus, ILogger<SearchIndexing> log) : BackgroundService
{
    /// <summary>Small enough that a turn that wants to store something hardly waits.</summary>
    const int Batch = 100;
    readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Let go of the thread that starts the server.
        await Task.Yield();
        using var notices = bus.Subscribe((notice, _) =>
        {
            if (notice == RunNotice.Ended)
                _wakeUps.Writer.TryWrite(true);
        });
        do
        {
            try
            {
                while (!stoppingToken.IsCancellationRequested && !queue.IsEmpty)
                    await queue.DrainAsync(Batch);
                await scan.EnsureFresh();
            }
            catch (Exception e)
            {
                IndexingFailed(log, e);
            }
        }
        while (await WaitAsync(stoppingToken));
    }

    async Task<bool> WaitAsync(CancellationToken stopping)
    {
        try
        {
            return await _wakeUps.Reader.ReadAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "The search index could not be brought up to date")]
    static partial void IndexingFailed(ILogger log, Exception e);
}
