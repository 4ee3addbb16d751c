using BenchmarkDotNet.Attributes;
using Cowork.Host.Features.Turns.Log;

namespace Cowork.Benchmarks;

/// <summary>The writer's side while readers follow; they take runs of frames and throw them away.</summary>
public class TurnLogBenchmarks
{
    TurnLog _log = Sample.Log();
    Task[] _readers = [];

    [Params(0, 1, 200)]
    public int Readers { get; set; }

    [IterationSetup]
    public void Begin()
    {
        _log = Sample.Log();
        _readers = [.. Enumerable.Range(0, Readers).Select(_ => FollowAsync(_log))];
    }

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public void Append()
    {
        for (var i = 0; i < Sample.Deltas; i++)
            _log.Append(Sample.Frame);
    }

    [IterationCleanup]
    public void End()
    {
        _log.Close(TurnLogEnd.Completed);
        Task.WhenAll(_readers).GetAwaiter().GetResult();
    }

    static async Task FollowAsync(TurnLog log)
    {
        var bytes = 0L;
        await foreach (var frames in log.ReadAsync(0, CancellationToken.None))
            bytes += frames.Length;
        if (bytes != (long)Sample.Frame.Length * log.FrameCount)
            throw new InvalidOperationException("A reader missed frames.");
    }
}
