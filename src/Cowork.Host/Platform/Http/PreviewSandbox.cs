namespace Cowork.Host.Platform.Http;

/// <summary>
/// The rules for pages that an agent made and a person looks at. They run scripts and fetch what lies beside them and on the
/// web, but they have no origin and can reach nothing else of this server: it trusts what runs on this computer.
/// </summary>
static class PreviewSandbox
{
    /// <summary>Sets the headers for one file of a preview.</summary>
    /// <param name="prefix">The path below which the page's own files are served, with a slash at the end.</param>
    public static void Apply(HttpContext http, string prefix)
    {
        var own = $"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}{prefix}";
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        // Forms may be filled in, for the page's own scripts; sent they are nowhere.
        headers.ContentSecurityPolicy =
            "sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads; " +
            $"default-src 'unsafe-inline' 'unsafe-eval' data: blob: https: {own}; " +
            $"connect-src data: blob: https: wss: {own}; form-action 'none'; base-uri {own}";
    }
}
