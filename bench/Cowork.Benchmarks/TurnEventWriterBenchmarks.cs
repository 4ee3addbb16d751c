using BenchmarkDotNet.Attributes;
using Cowork.Abstractions;
using Cowork.Host.Features.Turns;

namespace Cowork.Benchmarks;

/// <summary>From a harness's event to bytes in the log, and what is kept for the database.</summary>
public class TurnEventWriterBenchmarks
{
    static readonly HarnessEvent Plain = new HarnessEvent.TextDelta("xxxxxxx4711 ");
    static readonly HarnessEvent Escaped = new HarnessEvent.TextDelta("\"größer\" \u2014\n");

    static readonly TurnSecrets Keys = TurnSecrets.Of([new("sk-ant-0123456789abcdef0123456789abcdef"), new("sk-proj-0123456789abcdef0123456789")]);

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public int TextDelta() => Write(Plain);

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public int TextDeltaToEscape() => Write(Escaped);

    [Benchmark(OperationsPerInvoke = Sample.Deltas)]
    public int TextDeltaWithKeysToMask() => Write(Plain, Keys);

    static int Write(HarnessEvent e, TurnSecrets? secrets = null)
    {
        var log = Sample.Log();
        using var writer = new TurnEventWriter(Sample.Turn(), log, TimeProvider.System);
        if (secrets is not null)
            writer.Protect(secrets);
        for (var i = 0; i < Sample.Deltas; i++)
            writer.Write(e);
        return log.FrameCount;
    }
}
