namespace Cowork.Host.Platform.Http;

/// <summary>
/// The rules for pages that an agent made and a person looks at. They run scripts and fetch what lies beside them and on the
/// web, but they have no origin and can reach nothing else of this server: it trusts what runs on this computer.
/// </summary>
static class PreviewSandbox
{
    /// <summary>Below it, a token and then the files of one preview.</summary>
    public const string Root = "/api/v1/projects/preview-asset/";

    /// <summary>
    /// Whether a page of a preview asks for a file of the same preview: its module scripts, fonts and fetches have the origin
    /// "null". A page can leave out the address it refers to, but not choose it.
    /// </summary>
    public static bool IsReadOfOwnFolder(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) || request.Path.Value is not { } path || !path.StartsWith(Root, StringComparison.Ordinal)
            || !Uri.TryCreate(request.Headers.Referer.ToString(), UriKind.Absolute, out var page))
            return false;
        var folder = path[..(path.IndexOf('/', Root.Length) + 1)];
        return folder.Length > 0 && page.AbsolutePath.StartsWith(folder, StringComparison.Ordinal)
            && page.Authority.Equals(request.Host.ToUriComponent(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Sets the headers for one file of a preview.</summary>
    /// <param name="prefix">The path below which the page's own files are served, with a slash at the end.</param>
    public static void Apply(HttpContext http, string prefix)
    {
        var own = $"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}{prefix}";
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        // Frames only of its own: a page of somebody else would be bound by the sandbox, but not by this policy. Forms may be filled in, for the page's own scripts; sent they are nowhere.
        headers.ContentSecurityPolicy =
            "sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads; " +
            $"default-src 'unsafe-inline' 'unsafe-eval' data: blob: https: {own}; " +
            $"frame-src data: blob: {own}; connect-src data: blob: https: wss: {own}; form-action 'none'; base-uri {own}";
    }
}
