using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>Appends what a log gained to its file. Used by the flusher's thread only.</summary>
sealed class TurnLogFileWriter(string path) : IDisposable
{
    /// <summary>What the file of somebody else is called from then on; the sweep still finds it.</summary>
    const string AsideSuffix = ".aside.jsonl";

    SafeFileHandle? _file;
    long _offset;
    int _written;

    /// <summary>Writes all frames that are not in the file yet, and the terminal record when there is one.</summary>
    /// <param name="log">The log.</param>
    /// <param name="buffer">Scratch space, reused between calls; empty.</param>
    /// <param name="now">The time that the records get.</param>
    /// <returns>Whether the log is complete in the file.</returns>
    /// <exception cref="IOException">What is not written yet is written by the next call.</exception>
    public bool Write(TurnLog log, ArrayBufferWriter<byte> buffer, DateTimeOffset now)
    {
        const int WriteAt = 256 * 1024;
        _file ??= Open();
        // Before the count, for the same reason as in TurnLog.ReadAsync.
        var end = log.End;
        var count = log.FrameCount;
        var timestamp = TurnLogRecord.Timestamp(now);
        for (var next = _written; next < count;)
        {
            TurnLogRecord.WriteFrame(buffer, next, timestamp, log.Frame(next));
            next++;
            if (buffer.WrittenCount >= WriteAt)
                Flush(_file, buffer, next);
        }

        if (end is not null)
            TurnLogRecord.WriteEnd(buffer, count, timestamp, end);
        Flush(_file, buffer, count);
        return end is not null;
    }

    /// <summary>Nothing counts as written before it is: after a failure the same bytes go to the same place again.</summary>
    void Flush(SafeFileHandle file, ArrayBufferWriter<byte> buffer, int written)
    {
        if (buffer.WrittenCount == 0)
            return;
        RandomAccess.Write(file, buffer.WrittenSpan, _offset);
        _offset += buffer.WrittenCount;
        _written = written;
        buffer.ResetWrittenCount();
    }

    SafeFileHandle Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Numbers begin above every file that is there. One that came since is not this turn's, and must not be read as its log.
        if (File.Exists(path))
            File.Move(path, Path.ChangeExtension(path, null) + AsideSuffix, overwrite: true);
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
    }

    public void Dispose() => _file?.Dispose();
}
