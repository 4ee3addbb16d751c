using Cowork.Host.Platform.Files;
using Microsoft.Net.Http.Headers;

namespace Cowork.Host.Platform.Http;

/// <summary>A file on disk as an answer: with ranges, and with an ETag from time and length as web servers make it.</summary>
static class SentFile
{
    static readonly string[] Passive = ["text/plain", "text/csv", "text/markdown", "application/json", "application/pdf", ContentTypes.Unknown];

    /// <param name="file">The file itself, no link.</param>
    /// <param name="name">Says what type it is.</param>
    public static IResult Of(FileInfo file, string name) => Send(file, ContentTypes.Of(name));

    /// <summary>For saving under a name.</summary>
    public static IResult Attachment(HttpContext http, FileInfo file, string contentType, string name)
    {
        Describe(http, "attachment", name);
        return Send(file, contentType);
    }

    /// <summary>
    /// For looking at in a tab. What a client uploaded must not act on this API as a page of its origin: a document that
    /// could run scripts gets neither scripts nor an origin.
    /// </summary>
    public static IResult Inline(HttpContext http, FileInfo file, string contentType, string name)
    {
        Describe(http, "inline", name);
        if (!IsPassive(contentType))
            http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";
        return Send(file, contentType);
    }

    static void Describe(HttpContext http, string type, string name)
    {
        var disposition = new ContentDispositionHeaderValue(type);
        disposition.SetHttpFileName(name);
        http.Response.Headers.ContentDisposition = disposition.ToString();
        http.Response.Headers.XContentTypeOptions = "nosniff";
    }

    static IResult Send(FileInfo file, string contentType) =>
        TypedResults.PhysicalFile(
            file.FullName,
            ContentTypes.WithEncoding(ContentTypes.Clean(contentType)),
            lastModified: new DateTimeOffset(file.LastWriteTimeUtc),
            entityTag: new($"\"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}\""),
            enableRangeProcessing: true);

    /// <summary>Whether a browser only shows it. A PDF is shown by a viewer that a sandbox would keep out.</summary>
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
