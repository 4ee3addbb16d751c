using System.Buffers;

namespace Cowork.Host.Platform.Http;

/// <summary>A whole request body in a buffer from the pool; give it back by disposing.</summary>
sealed class BodyBytes : IDisposable
{
    const int First = 4 * 1024;
    byte[] _buffer;
    int _start;
    int _end;

    BodyBytes(byte[] buffer) => _buffer = buffer;

    /// <summary>The body without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(_start.._end);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(_start.._end);

    /// <remarks>Reads as much as the web server's limit allows for this request.</remarks>
    public static async ValueTask<BodyBytes> ReadAsync(HttpRequest request)
    {
        // What is announced need not come: only so much is taken on trust.
        const int Trusted = 1024 * 1024;
        var announced = Math.Min(request.ContentLength ?? 0, Trusted);
        var body = new BodyBytes(ArrayPool<byte>.Shared.Rent((int)Math.Max(announced + 1, First)));
        try
        {
            await body.FillAsync(request.Body, request.HttpContext.RequestAborted);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    async Task FillAsync(Stream stream, CancellationToken ct)
    {
        int read;
        while ((read = await stream.ReadAsync(_buffer.AsMemory(_end), ct)) > 0)
        {
            _end += read;
            if (_end == _buffer.Length)
                Grow();
        }

        if (Span.StartsWith("\uFEFF"u8))
            _start = 3;
    }

    void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
