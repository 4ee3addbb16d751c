using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;

namespace Cowork.Host.Platform.Http;

/// <summary>
/// Answers that clients ask for again and again: with an ETag over the content, so that an unchanged one is a 304 without a
/// body. Browsers revalidate by themselves and never show a stale list.
/// </summary>
static class PolledJson
{
    const int LargestKept = 512 * 1024;
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    static ArrayBufferWriter<byte>? _scratch;

    public static IResult Of<T>(T value, JsonTypeInfo<T> type) => new Result<T>(value, type);

    /// <summary>For an answer that is dear to make: whether the caller has it already, by whatever changes with it.</summary>
    /// <returns>True, and the answer is a 304.</returns>
    public static bool IsUnchanged(HttpContext http, string state) => IsUnchanged(http, Encoding.UTF8.GetBytes(state));

    static void Write<T>(HttpContext http, T value, JsonTypeInfo<T> type)
    {
        var buffer = _scratch ?? new(16 * 1024);
        _scratch = null;
        using (var json = new Utf8JsonWriter(buffer, Options))
            JsonSerializer.Serialize(json, value, type);
        Send(http, buffer.WrittenSpan);
        if (buffer.Capacity > LargestKept)
            return;
        buffer.ResetWrittenCount();
        _scratch = buffer;
    }

    static bool IsUnchanged(HttpContext http, ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        var tag = $"W/\"{Convert.ToHexStringLower(hash[..12])}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = "no-cache";
        if (!IsKnown(http.Request, tag))
            return false;
        http.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    static void Send(HttpContext http, ReadOnlySpan<byte> body)
    {
        if (IsUnchanged(http, body))
            return;
        var response = http.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        // Copied into the response's own buffers; the server sends them when the request ends.
        response.BodyWriter.Write(body);
    }

    static bool IsKnown(HttpRequest request, string tag)
    {
        if (request.Headers.IfNoneMatch is not { Count: > 0 } sent || !EntityTagHeaderValue.TryParseList(sent, out var known))
            return false;
        var ours = EntityTagHeaderValue.Parse(tag);
        return known.Any(k => k.Tag == "*" || k.Compare(ours, useStrongComparison: false));
    }

    sealed class Result<T>(T value, JsonTypeInfo<T> type) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            Write(httpContext, value, type);
            return Task.CompletedTask;
        }
    }
}
