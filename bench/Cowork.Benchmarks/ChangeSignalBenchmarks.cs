using BenchmarkDotNet.Attributes;
using Cowork.Host.Features.Turns.Log;

namespace Cowork.Benchmarks;

public class ChangeSignalBenchmarks
{
    readonly ChangeSignal _signal = new();

    [Benchmark(Baseline = true)]
    public void RaiseForNobody() => _signal.Raise();

    /// <summary>One round from the raise to the waiter's next line.</summary>
    [Benchmark]
    public async Task RaiseForOne()
    {
        var change = _signal.NextAsync();
        _signal.Raise();
        await change;
    }
}
