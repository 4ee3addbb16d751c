namespace Cowork.Host.Platform.Hosting;

/// <summary>Understands <c>DATABASE_URI</c> as the reference wrote it: <c>sqlite:///relative</c>, <c>sqlite:////absolute</c>, <c>sqlite:///~/home</c>.</summary>
static class DatabaseUri
{
    const string Scheme = "sqlite:///";

    public static string ToPath(string? uri, string fallback, string home)
    {
        if (uri is null)
            return fallback;
        // Drivers may be named as in "sqlite+aiosqlite:///".
        var driver = uri.IndexOf('+', StringComparison.Ordinal);
        var colon = uri.IndexOf(':', StringComparison.Ordinal);
        if (driver > 0 && driver < colon)
            uri = uri[..driver] + uri[colon..];
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || uri.Length == Scheme.Length)
            throw new UsageException($"DATABASE_URI must look like sqlite:////folder/cowork.db; this server cannot use '{uri.Split(':')[0]}:' addresses.");
        return Path.GetFullPath(ServerOptions.ExpandHome(uri[Scheme.Length..], home));
    }
}
