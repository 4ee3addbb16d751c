namespace Cowork.Host.Platform.Hosting;

/// <summary>Addresses beside the loopback one under which this server is reached, through a proxy or a tunnel.</summary>
static class PublicOrigins
{
    static readonly string[] Variables = ["COWORK_PUBLIC_BASE_URL", "COWORK_SERVER_ORIGIN"];

    public static IReadOnlyList<Uri> Read(Func<string[], string?> first, List<string> notices)
    {
        var origins = new List<Uri>();
        foreach (var name in Variables)
        {
            if (first([name]) is not { } text)
                continue;
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0)
                origins.Add(uri);
            else
                notices.Add($"{name} is '{text}', which is no address of the form https://name; it is ignored.");
        }

        return origins;
    }
}
