using System.Buffers;
using System.Globalization;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>Log files on disk: where they are, and how one is read back.</summary>
static class TurnLogFile
{
    const string Prefix = "turn_";
    const string Suffix = ".jsonl";

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

    /// <summary>Reads a file; a half-written last line is left out. A turn's log is held in memory while it runs, so it fits here too.</summary>
    public static Content Read(string path)
    {
        var frames = new List<byte[]>();
        var records = 0;
        var bytes = File.ReadAllBytes(path).AsSpan();
        var isCutOff = bytes is [.., not (byte)'\n'];
        while (!bytes.IsEmpty)
        {
            var newline = bytes.IndexOf((byte)'\n');
            var line = newline < 0 ? bytes : bytes[..newline];
            bytes = newline < 0 ? [] : bytes[(newline + 1)..];
            if (!TurnLogRecord.TryRead(line, out var frame, out var end))
                continue;
            records++;
            if (frame is not null)
                frames.Add(frame);
            if (end is not null)
                return new(frames, records, end, IsCutOff: false);
        }

        return new(frames, records, null, isCutOff);
    }

    /// <summary>Whether the file has its terminal record, without reading more than its end.</summary>
    public static bool IsClosed(string path)
    {
        const int LongestEnd = 256;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        Span<byte> tail = stackalloc byte[(int)Math.Min(LongestEnd, length)];
        var read = RandomAccess.Read(file, tail, length - tail.Length);
        var text = tail[..read].TrimEnd("\r\n"u8);
        var line = text[(text.LastIndexOf((byte)'\n') + 1)..];
        return TurnLogRecord.TryRead(line, out _, out var end) && end is not null;
    }

    /// <summary>Gives a file that a dead process left open its end.</summary>
    /// <param name="path">The file; made when the process died before writing anything.</param>
    /// <param name="content">What was read from it.</param>
    /// <param name="lastFrame">The frame that tells readers of the end, or null.</param>
    public static void Close(string path, Content content, byte[]? lastFrame, TurnLogEnd end, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var timestamp = TurnLogRecord.Timestamp(now);
        var seq = content.RecordCount;
        if (content.IsCutOff)
            buffer.Write("\n"u8);
        if (lastFrame is not null)
            TurnLogRecord.WriteFrame(buffer, seq++, timestamp, lastFrame);
        TurnLogRecord.WriteEnd(buffer, seq, timestamp, end);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(buffer.WrittenSpan);
    }

    /// <summary>What a file holds.</summary>
    /// <param name="Frames">The frames, in order.</param>
    /// <param name="RecordCount">Readable records, the terminal one included.</param>
    /// <param name="End">The terminal record, or null when the file was cut off.</param>
    /// <param name="IsCutOff">Whether the file ends in the middle of a line.</param>
    public sealed record Content(IReadOnlyList<byte[]> Frames, int RecordCount, TurnLogEnd? End, bool IsCutOff)
    {
        public bool EndsWithTerminalFrame =>
            Frames is [.., var last] && (last.AsSpan().StartsWith("event: response.completed\n"u8) || last.AsSpan().StartsWith("event: response.failed\n"u8));
    }
}
