using System.Runtime.InteropServices;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// The frames of one turn in memory: appended by one thread, read by many without locks. A frame never moves, so a reader
/// gets the bytes themselves; neighbours lie side by side, so a replay is a few large pieces.
/// </summary>
sealed class FrameStore
{
    const int FirstSegment = 4 * 1024;
    const int LargestSegment = 128 * 1024;
    Frame[] _frames = new Frame[16];
    byte[] _segment = [];
    int _used;
    int _count;

    /// <summary>Number of complete frames; never falls.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Memory held, in bytes.</summary>
    public long Size { get; private set; }

    public void Append(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > _segment.Length - _used)
        {
            _segment = GC.AllocateUninitializedArray<byte>(Math.Max(frame.Length, Math.Clamp(_segment.Length * 2, FirstSegment, LargestSegment)));
            _used = 0;
            Size += _segment.Length;
        }

        frame.CopyTo(_segment.AsSpan(_used));
        if (_count == _frames.Length)
        {
            // Readers may hold the old array; its entries stay valid.
            var larger = new Frame[_frames.Length * 2];
            _frames.CopyTo(larger, 0);
            Volatile.Write(ref _frames, larger);
        }

        _frames[_count] = new(_segment, _used, frame.Length);
        _used += frame.Length;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>One frame.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            _ = Count;
            var frame = Volatile.Read(ref _frames)[index];
            return frame.Segment.AsSpan(frame.Start, frame.Length);
        }
    }

    /// <summary>As many frames as lie side by side.</summary>
    /// <param name="from">The first frame; below <paramref name="count"/>.</param>
    /// <param name="count">A value that <see cref="Count"/> had.</param>
    /// <param name="next">The first frame that is not included.</param>
    public ReadOnlyMemory<byte> Run(int from, int count, out int next)
    {
        var frames = Volatile.Read(ref _frames);
        var first = frames[from];
        // All frames of a segment are neighbours, so the run's last frame can be searched for by halves.
        int low = from, high = count - 1;
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (ReferenceEquals(frames[middle].Segment, first.Segment))
                low = middle;
            else
                high = middle - 1;
        }

        next = low + 1;
        var last = frames[low];
        return first.Segment.AsMemory(first.Start, last.Start + last.Length - first.Start);
    }

    [StructLayout(LayoutKind.Auto)]
    readonly record struct Frame(byte[] Segment, int Start, int Length);
}
