using Cowork.Host.Platform.Hosting;
using Microsoft.Extensions.Primitives;

namespace Cowork.Host.Platform.Http;

/// <summary>
/// Keeps other web sites out. A page from anywhere can send requests to a loopback port, and a rebound DNS name makes them
/// same-origin; so the Host must be ours and the Origin, where there is one, must be the desktop app, a loopback page or a configured one.
/// </summary>
sealed class OriginGuard(RequestDelegate next, ServerOptions options)
{
    const int PreflightSeconds = 3600;

    public Task InvokeAsync(HttpContext http)
    {
        if (!IsOwnHost(http.Request.Host.Host))
            return Problem.WriteAsync(http, StatusCodes.Status403Forbidden, "foreign_host", "This server answers only under its own address.");
        var origin = http.Request.Headers.Origin;
        if (StringValues.IsNullOrEmpty(origin))
            return next(http);
        if (!IsAllowed(http.Request, origin.ToString()))
            return Problem.WriteAsync(http, StatusCodes.Status403Forbidden, "foreign_origin", "Pages from this origin may not use this server.");

        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowCredentials = "true";
        headers.Vary = "Origin";
        if (!HttpMethods.IsOptions(http.Request.Method) || http.Request.Headers.AccessControlRequestMethod.Count == 0)
        {
            headers.AccessControlExposeHeaders = "*";
            return next(http);
        }

        headers.AccessControlAllowMethods = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = PreflightSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    bool IsOwnHost(string host) => Loopback.Is(host) || options.PublicOrigins.Any(o => string.Equals(host, o.Host, StringComparison.OrdinalIgnoreCase));

    bool IsAllowed(HttpRequest request, string origin)
    {
        if (origin == "null")
            return OpaqueOrigin.IsAllowed(request);
        return Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && (uri.Scheme is "app" or "file" || (uri.Scheme is "http" or "https" && (Loopback.Is(uri.Host) || options.PublicOrigins.Any(o => IsSame(o, uri)))));
    }

    static bool IsSame(Uri configured, Uri origin) =>
        Uri.Compare(configured, origin, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
