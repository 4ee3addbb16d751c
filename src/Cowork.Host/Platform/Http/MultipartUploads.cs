using System.Runtime.CompilerServices;
using System.Text;
using Cowork.Host.Platform.Files;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Cowork.Host.Platform.Http;

/// <summary>One part of a multipart body.</summary>
/// <param name="Name">The form field.</param>
/// <param name="FileName">As the client wrote it, so not safe to use as a path (<see cref="SafePath.BaseName"/>); null for a plain field.</param>
/// <param name="ContentType">As the client wrote it; null when absent.</param>
/// <param name="Body">Only forward, only until the next part is asked for. Throws an <see cref="ApiException"/> for a part that is too large or cut off.</param>
sealed record UploadPart(string Name, string? FileName, string? ContentType, Stream Body)
{
    const int MaxField = 64 * 1024;

    /// <summary>The value of a plain field.</summary>
    /// <exception cref="ApiException">413: the value is longer than a field may be.</exception>
    public async Task<string> ReadTextAsync(CancellationToken ct)
    {
        var text = new byte[MaxField + 1];
        var length = await Body.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, ct);
        return length > MaxField
            ? throw ApiException.TooLarge($"The field '{Name}' is longer than {MaxField / 1024} KiB.")
            : Encoding.UTF8.GetString(text, 0, length);
    }
}

/// <summary>Reads multipart bodies part by part as they arrive, so that an upload of any size costs the memory of one buffer.</summary>
static class MultipartUploads
{
    public const long MaxFile = 2L * 1024 * 1024 * 1024;
    const long MaxRequest = 2 * MaxFile;
    const int MaxParts = 1000;
    const int BufferSize = 64 * 1024;

    /// <summary>The parts in the order of the body. What is left of a part when the next one is asked for is skipped.</summary>
    /// <param name="maxFile">How many bytes one part may have.</param>
    /// <exception cref="ApiException">422: the body is no multipart form, or is broken; 413: it is too large.</exception>
    public static async IAsyncEnumerable<UploadPart> ReadAsync(HttpRequest request, long maxFile = MaxFile, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var reader = new MultipartReader(Boundary(request), request.Body, BufferSize) { BodyLengthLimit = null };
        // Other routes keep the web server's small limit; only here a large body is what is wanted.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxRequest;
        for (var parts = 0; await NextAsync(reader, ct) is { } section; parts++)
        {
            if (parts == MaxParts)
                throw ApiException.TooLarge($"Send at most {MaxParts} files at once.");
            yield return Describe(section, maxFile);
        }
    }

    static string Boundary(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            throw ApiException.Invalid("body", "Send the files as multipart/form-data.");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary);
        return boundary.Length is > 0 and <= 200 ? boundary.ToString() : throw Broken();
    }

    static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken ct)
    {
        try
        {
            return await reader.ReadNextSectionAsync(ct);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken();
        }
    }

    static UploadPart Describe(MultipartSection section, long maxFile)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase))
            throw Broken();
        var fileName = disposition.FileNameStar.HasValue ? disposition.FileNameStar.ToString()
            : disposition.FileName.HasValue ? Unquote(disposition.FileName.ToString())
            : null;
        return new(Unquote(disposition.Name.ToString()), fileName, section.ContentType, new PartBody(section.Body, maxFile));
    }

    /// <summary>
    /// Only <c>\"</c> and <c>\\</c> are escapes: old browsers send a whole Windows path as the name. Today's write three characters,
    /// and only those, as <c>%22</c>, <c>%0D</c> and <c>%0A</c>.
    /// </summary>
    static string Unquote(string text) =>
        HeaderUtilities.RemoveQuotes(text).ToString().Replace("\\\"", "\"", StringComparison.Ordinal).Replace(@"\\", @"\", StringComparison.Ordinal)
            .Replace("%22", "\"", StringComparison.Ordinal).Replace("%0D", "\r", StringComparison.Ordinal).Replace("%0A", "\n", StringComparison.Ordinal);

    /// <summary>The web server's own verdicts (too large, too slow) are I/O exceptions too, and stay what they are.</summary>
    static bool IsBroken(Exception e) => e is InvalidDataException || (e is IOException && e is not BadHttpRequestException);

    static ApiException Broken() => ApiException.Invalid("body", "The multipart body is incomplete or not well formed.");

    sealed class PartBody(Stream inner, long limit) : Stream
    {
        long _read;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;
            try
            {
                read = await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (IsBroken(e))
            {
                throw Broken();
            }

            _read += read;
            return _read <= limit ? read : throw ApiException.TooLarge($"The file is larger than the limit of {limit} bytes.");
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>The web server allows no blocking reads.</summary>
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
