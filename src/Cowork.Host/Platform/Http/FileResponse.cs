using Microsoft.Net.Http.Headers;

namespace Cowork.Host.Platform.Http;

/// <summary>Sends stored bytes so that they stay bytes: what somebody uploaded must never act on this API as a page of its origin.</summary>
static class FileResponse
{
    const string Unknown = "application/octet-stream";
    const int LongestType = 127;
    static readonly string[] Passive = ["text/plain", "text/csv", "text/markdown", "application/json", "application/pdf", Unknown];

    /// <summary>For saving under its name.</summary>
    public static IResult Attachment(HttpContext http, string path, string contentType, string name, string? etag = null) =>
        Send(http, path, contentType, "attachment", name, etag);

    /// <summary>For looking at in a tab; a document that could run scripts gets neither scripts nor an origin.</summary>
    public static IResult Inline(HttpContext http, string path, string contentType, string name, string? etag = null)
    {
        if (!IsPassive(contentType))
            http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";
        return Send(http, path, contentType, "inline", name, etag);
    }

    /// <summary>A media type as a client sent it, or the one for unknown bytes when no header could carry it.</summary>
    public static string CleanType(string? sent) =>
        sent is { Length: > 0 and <= LongestType } && MediaTypeHeaderValue.TryParse(sent, out var type) && !type.MatchesAllTypes && sent.All(char.IsAscii) ? sent : Unknown;

    static IResult Send(HttpContext http, string path, string contentType, string disposition, string name, string? etag)
    {
        var header = new ContentDispositionHeaderValue(disposition);
        header.SetHttpFileName(name);
        http.Response.Headers.ContentDisposition = header.ToString();
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.PhysicalFile(
            path,
            WithCharset(CleanType(contentType)),
            lastModified: new DateTimeOffset(File.GetLastWriteTimeUtc(path)),
            entityTag: etag is null ? null : new($"\"{etag}\""),
            enableRangeProcessing: true);
    }

    /// <summary>Without one a browser shows text in the encoding of its country.</summary>
    static string WithCharset(string contentType) =>
        contentType.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !contentType.Contains("charset", StringComparison.OrdinalIgnoreCase)
            ? $"{contentType}; charset=utf-8"
            : contentType;

    static bool IsPassive(string contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
            return false;
        var name = type.MediaType.ToString();
        return Passive.Contains(name, StringComparer.OrdinalIgnoreCase)
            || type.Type.Equals("audio", StringComparison.OrdinalIgnoreCase)
            || type.Type.Equals("video", StringComparison.OrdinalIgnoreCase)
            || (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase) && !name.Contains("xml", StringComparison.OrdinalIgnoreCase));
    }
}
