using Microsoft.AspNetCore.Http.Features;

namespace Cowork.Host.Platform.Http;

/// <summary>
/// The end of a request's path as somebody's file path. Taken from the target as it was sent: the router's own value keeps
/// <c>%2F</c>, which clients send for a slash, and so cannot tell it from a name that holds those three characters.
/// </summary>
static class RestOfPath
{
    /// <param name="segments">How many segments of the path come before it.</param>
    public static string After(HttpContext http, int segments)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var start = target.StartsWith('/') ? 0 : target.IndexOf('/', target.IndexOf("://", StringComparison.Ordinal) + 3);
        for (var i = 0; i < segments && start >= 0; i++)
            start = target.IndexOf('/', start + 1);
        if (start < 0)
            return "";
        var end = target.IndexOf('?', start);
        return Uri.UnescapeDataString(end < 0 ? target[(start + 1)..] : target[(start + 1)..end]);
    }
}
