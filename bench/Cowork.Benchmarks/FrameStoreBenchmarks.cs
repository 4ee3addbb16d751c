using BenchmarkDotNet.Attributes;
using Cowork.Host.Features.Turns.Log;

namespace Cowork.Benchmarks;

public class FrameStoreBenchmarks
{
    readonly FrameStore _full = new();

    public FrameStoreBenchmarks()
    {
        for (var i = 0; i < Sample.Deltas; i++)
            _full.Append(Sample.Frame);
    }

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public int Append()
    {
        var store = new FrameStore();
        for (var i = 0; i < Sample.Deltas; i++)
            store.Append(Sample.Frame);
        return store.Count;
    }

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public long Replay()
    {
        var bytes = 0L;
        for (var next = 0; next < Sample.Deltas;)
            bytes += _full.Run(next, Sample.Deltas, out next).Length;
        return bytes;
    }
}
