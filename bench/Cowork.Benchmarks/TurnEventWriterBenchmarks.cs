using BenchmarkDotNet.Attributes;
using Cowork.Abstractions;
using Cowork.Host.Features.Turns;

namespace Cowork.Benchmarks;

/// <summary>From a harness's event to bytes in the log, and what is kept for the database.</summary>
public class TurnEventWriterBenchmarks
{
    static readonly HarnessEvent Plain = new HarnessEvent.TextDelta("xxxxxxx4711 ");
    static readonly HarnessEvent Escaped = new HarnessEvent.TextDelta("\"größer\" \u2014\n");

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public int TextDelta() => Write(Plain);

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public int TextDeltaToEscape() => Write(Escaped);

    static int Write(HarnessEvent e)
    {
        var log = Sample.Log();
        using var writer = new TurnEventWriter(Sample.Turn(), log, TimeProvider.System);
        for (var i = 0; i < Sample.Deltas; i++)
            writer.Write(e);
        return log.FrameCount;
    }
}
