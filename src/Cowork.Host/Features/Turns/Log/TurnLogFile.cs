using System.Buffers;
using System.Globalization;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>Log files on disk: where they are, and how one is read back.</summary>
static class TurnLogFile
{
    const string Prefix = "turn_";
    const string Suffix = ".jsonl";
    const int BlockSize = 64 * 1024;

    /// <summary><c>{streams}/{conversation}/turn_NNNNNN.jsonl</c></summary>
    public static string Path(string root, Guid conversationId, int number) =>
        System.IO.Path.Combine(Folder(root, conversationId), $"{Prefix}{number.ToString("D6", CultureInfo.InvariantCulture)}{Suffix}");

    public static string Folder(string root, Guid conversationId) => System.IO.Path.Combine(root, conversationId.ToString());

    /// <summary>The highest turn number that has a file, or null.</summary>
    public static int? LastNumber(string root, Guid conversationId)
    {
        var folder = Folder(root, conversationId);
        if (!Directory.Exists(folder))
            return null;
        return Directory.EnumerateFiles(folder).Select(f => NumberOf(System.IO.Path.GetFileName(f))).Max();
    }

    /// <summary>The turn number in a file's name; null for other files.</summary>
    public static int? NumberOf(string fileName) =>
        fileName.StartsWith(Prefix, StringComparison.Ordinal) && fileName.EndsWith(Suffix, StringComparison.Ordinal)
            && int.TryParse(fileName.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>
    /// The records of a file, up to its terminal one; lines that are none, like a half-written last one, are left out. Reads a
    /// block at a time, so that a long log costs no more memory than its longest line.
    /// </summary>
    public static IEnumerable<TurnLogRecord> Records(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        var block = new byte[BlockSize];
        int start = 0, end = 0, read;
        do
        {
            if (end == block.Length)
            {
                if (start == 0)
                    Array.Resize(ref block, block.Length * 2);
                block.AsSpan(start, end - start).CopyTo(block);
                (start, end) = (0, end - start);
            }

            read = file.Read(block, end, block.Length - end);
            end += read;
            // At the end of the file what is left is a line too, if it is whole.
            for (int length; (length = block.AsSpan(start, end - start).IndexOf((byte)'\n')) >= 0 || (read == 0 && (length = end - start) > 0); start = Math.Min(start + length + 1, end))
            {
                if (TurnLogRecord.Read(block.AsSpan(start, length)) is not { } record)
                    continue;
                yield return record;
                if (record.End is not null)
                    yield break;
            }
        }
        while (read > 0);
    }

    /// <summary>All that a file holds.</summary>
    public static TurnLogContent Read(string path)
    {
        var records = Records(path).ToList();
        return new([.. records.Select(r => r.Frame).OfType<byte[]>()], records.Count, records is [.., { End: { } end }] ? end : null);
    }

    /// <summary>How many records a file has that has its terminal one, without reading more than its end; null for one that has not.</summary>
    public static int? CountIfClosed(string path)
    {
        const int LongestEnd = 256;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        Span<byte> tail = stackalloc byte[(int)Math.Min(LongestEnd, length)];
        var read = RandomAccess.Read(file, tail, length - tail.Length);
        var text = tail[..read].TrimEnd("\r\n"u8);
        var line = text[(text.LastIndexOf((byte)'\n') + 1)..];
        return TurnLogRecord.Read(line) is { End: not null } last ? last.Seq + 1 : null;
    }

    /// <summary>Gives a file that a dead process left open its end.</summary>
    /// <param name="path">The file; made when the process died before writing anything.</param>
    /// <param name="recordCount">The readable records in it.</param>
    /// <param name="lastFrame">The frame that tells readers of the end, or null.</param>
    public static void Close(string path, int recordCount, byte[]? lastFrame, TurnLogEnd end, DateTimeOffset now)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        var buffer = new ArrayBufferWriter<byte>();
        var timestamp = TurnLogRecord.Timestamp(now);
        if (EndsInMidLine(file))
            buffer.Write("\n"u8);
        if (lastFrame is not null)
            TurnLogRecord.WriteFrame(buffer, recordCount++, timestamp, lastFrame);
        TurnLogRecord.WriteEnd(buffer, recordCount, timestamp, end);
        file.Seek(0, SeekOrigin.End);
        file.Write(buffer.WrittenSpan);
    }

    static bool EndsInMidLine(FileStream file)
    {
        if (file.Length == 0)
            return false;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != '\n';
    }
}
