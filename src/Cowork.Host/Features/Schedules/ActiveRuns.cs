using System.Collections.Concurrent;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>The runs that this process makes, so that they can be stopped: in line, in their turn, and while they wait to try again. Thread-safe.</summary>
[FeatureService]
sealed class ActiveRuns : IDisposable
{
    readonly ConcurrentDictionary<Guid, ActiveRun> _runs = new();
    readonly CancellationTokenSource _serverEnds = new();

    /// <summary>Cancelled when the server ends: nothing begins any more.</summary>
    public CancellationToken ServerEnds => _serverEnds.Token;

    /// <summary>All work that goes on.</summary>
    public Task Work => Task.WhenAll(_runs.Values.Select(r => r.Work));

    public ActiveRun Add(Claim claim, string? payload)
    {
        var run = _runs[claim.RunId] = new(claim, payload);
        if (ServerEnds.IsCancellationRequested)
            run.Stop(RunResult.Interrupted);
        return run;
    }

    public void Remove(ActiveRun run) => _runs.TryRemove(run.Claim.RunId, out _);

    /// <summary>Stops runs; ends when their ends are stored. Runs that go on nowhere are passed over.</summary>
    public async Task StopAsync(IEnumerable<Guid> runs, RunResult why, CancellationToken ct)
    {
        var active = runs.Select(_runs.GetValueOrDefault).OfType<ActiveRun>().ToList();
        foreach (var run in active)
            run.Stop(why);
        foreach (var run in active)
            await run.Ended.WaitAsync(ct);
    }

    /// <summary>Stops what a schedule runs, without waiting.</summary>
    /// <param name="which">Which of its runs.</param>
    public void StopOf(Guid schedule, Func<ActiveRun, bool> which, RunResult why)
    {
        foreach (var run in _runs.Values.Where(r => r.Claim.Schedule.Id == schedule).Where(which))
            run.Stop(why);
    }

    /// <summary>The server ends: what has no turn yet is not begun. Turns are stopped by whoever runs them.</summary>
    public void StopAll()
    {
        _serverEnds.Cancel();
        foreach (var run in _runs.Values)
            run.Stop(RunResult.Interrupted);
    }

    public void Dispose() => _serverEnds.Dispose();
}
