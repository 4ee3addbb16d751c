namespace Cowork.Host.Platform.Http;

/// <summary>
/// Requests with <c>Origin: null</c>. The desktop app's page, opened from a file, sends that; but so does every page inside a
/// sandboxed frame, on any web site and in our own previews (docs/decisions/0018).
/// </summary>
static class OpaqueOrigin
{
    /// <summary>Whether a request with <c>Origin: null</c> may go on.</summary>
    public static bool IsAllowed(HttpRequest request) =>
        !IsFromBrowser(request) || IsFromDesktopApp(request) || PreviewSandbox.IsReadOfOwnFolder(request);

    /// <summary>Scripts and the like send what they want, and no page can make them do so.</summary>
    static bool IsFromBrowser(HttpRequest request) =>
        UserAgent(request).Contains("Mozilla/", StringComparison.Ordinal) || request.Headers.ContainsKey("Sec-Fetch-Site");

    /// <summary>A page from a file has no address to refer to; one that a preview or a web site brought into the app has.</summary>
    static bool IsFromDesktopApp(HttpRequest request) =>
        UserAgent(request).Contains(" Electron/", StringComparison.Ordinal) && !request.Headers.Referer.ToString().StartsWith("http", StringComparison.OrdinalIgnoreCase);

    static string UserAgent(HttpRequest request) => request.Headers.UserAgent.ToString();
}
