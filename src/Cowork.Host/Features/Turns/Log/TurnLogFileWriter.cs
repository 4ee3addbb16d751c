using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>Appends what a log gained to its file. Used by the flusher's thread only.</summary>
sealed class TurnLogFileWriter : IDisposable
{
    readonly SafeFileHandle _file;
    long _offset;
    int _written;

    public TurnLogFileWriter(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Writes all frames that are not in the file yet, and the terminal record when there is one.</summary>
    /// <param name="log">The log.</param>
    /// <param name="buffer">Scratch space, reused between calls.</param>
    /// <param name="now">The time that the records get.</param>
    /// <returns>Whether the log is complete in the file.</returns>
    public bool Write(TurnLog log, ArrayBufferWriter<byte> buffer, DateTimeOffset now)
    {
        const int WriteAt = 256 * 1024;
        // Before the count, for the same reason as in TurnLog.ReadAsync.
        var end = log.End;
        var count = log.FrameCount;
        var timestamp = TurnLogRecord.Timestamp(now);
        for (; _written < count; _written++)
        {
            TurnLogRecord.WriteFrame(buffer, _written, timestamp, log.Frame(_written));
            if (buffer.WrittenCount >= WriteAt)
                Flush(buffer);
        }

        if (end is not null)
            TurnLogRecord.WriteEnd(buffer, count, timestamp, end);
        Flush(buffer);
        return end is not null;
    }

    void Flush(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.WrittenCount == 0)
            return;
        RandomAccess.Write(_file, buffer.WrittenSpan, _offset);
        _offset += buffer.WrittenCount;
        buffer.ResetWrittenCount();
    }

    public void Dispose() => _file.Dispose();
}
