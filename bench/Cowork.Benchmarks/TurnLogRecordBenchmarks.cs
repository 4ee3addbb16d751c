using System.Buffers;
using BenchmarkDotNet.Attributes;
using Cowork.Host.Features.Turns.Log;

namespace Cowork.Benchmarks;

/// <summary>One line of a log file.</summary>
public class TurnLogRecordBenchmarks
{
    static readonly byte[] Timestamp = TurnLogRecord.Timestamp(DateTimeOffset.UnixEpoch);
    readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    readonly byte[] _line;

    public TurnLogRecordBenchmarks()
    {
        TurnLogRecord.WriteFrame(_output, 4711, Timestamp, Sample.Frame);
        _line = _output.WrittenSpan[..^1].ToArray();
    }

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        TurnLogRecord.WriteFrame(_output, 4711, Timestamp, Sample.Frame);
        return _output.WrittenCount;
    }

    [Benchmark]
    public bool Read() => TurnLogRecord.Read(_line) is not null;
}
