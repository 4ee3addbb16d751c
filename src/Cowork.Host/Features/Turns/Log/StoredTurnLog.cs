using System.Buffers;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>The log of a turn that is over, read from its file: nothing of it stays in memory, however many read it.</summary>
sealed class StoredTurnLog(string path) : ITurnLogReader
{
    const int PieceSize = 64 * 1024;

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(int from, CancellationToken ct) => Pieces(from).ToAsyncEnumerable();

    IEnumerable<ReadOnlyMemory<byte>> Pieces(int from)
    {
        var piece = new ArrayBufferWriter<byte>();
        var (seq, isWhole) = (0, false);
        foreach (var record in TurnLogFile.Records(path))
        {
            if (record.Frame is not { } frame)
                continue;
            isWhole = FrameBytes.IsTerminal(frame);
            if (seq++ < from)
                continue;
            piece.Write(frame);
            if (piece.WrittenCount < PieceSize)
                continue;
            yield return piece.WrittenMemory;
            piece.ResetWrittenCount();
        }

        // Sealed by the sweep, or by a server that writes no such frame: a stream without an end would leave its reader waiting for one.
        if (!isWhole && seq >= from)
            piece.Write(FrameBytes.FailedEnd(seq, new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds(), TurnOutcome.Killed));
        if (piece.WrittenCount > 0)
            yield return piece.WrittenMemory;
    }
}
