using System.Net;

namespace Cowork.Host.Tests.Platform;

/// <summary>Which pages may use the server, by what a browser says of them.</summary>
public sealed class OriginTests : IAsyncLifetime
{
    const string Browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36";
    const string Desktop = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) anton/1.2.0 Chrome/136.0.0.0 Electron/36.4.0 Safari/537.36";
    const string Preview = "projects/preview-asset/0123456789abcdef/";
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync(new()
    {
        ["COWORK_PUBLIC_BASE_URL"] = "https://cowork.example:8443/behind/a/proxy",
        ["COWORK_SERVER_ORIGIN"] = "http://box.example",
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(null, null, null, true)] // a script
    [InlineData("null", null, null, true)] // a script that says where it is
    [InlineData("null", Desktop, null, true)] // the desktop app's page, opened from a file
    [InlineData("app://cowork", Desktop, null, true)] // the desktop app's page, of its own scheme
    [InlineData("file://", Desktop, null, true)] // as some versions write it
    [InlineData("http://localhost:5173", Browser, null, true)] // a page on this computer
    [InlineData("http://127.0.0.1:26866", Browser, null, true)]
    [InlineData("http://[::1]:26866", Browser, null, true)]
    [InlineData("https://cowork.example:8443", Browser, null, true)] // configured
    [InlineData("http://box.example", Browser, null, true)] // configured
    [InlineData("https://cowork.example", Browser, null, false)] // another port
    [InlineData("http://cowork.example:8443", Browser, null, false)] // another scheme
    [InlineData("https://evil.example", Browser, null, false)]
    [InlineData("https://127.0.0.1.evil.example", Browser, null, false)] // begins like loopback
    [InlineData("https://localhost@evil.example", Browser, null, false)] // the same, with a user name
    [InlineData("null", Browser, null, false)] // a sandboxed frame of any web site
    [InlineData("null", Browser, "https://evil.example/", false)] // which may say so
    [InlineData("null", Browser, "{own}projects/preview-asset/0123456789abcdef/page.html", false)] // a preview in a browser
    [InlineData("null", Desktop, "{own}projects/preview-asset/0123456789abcdef/page.html", false)] // a preview in the app
    [InlineData("null", Desktop, "https://evil.example/", false)] // a web page in the app
    public async Task Only_own_pages_may_read_keys(string? origin, string? agent, string? referer, bool allowed)
    {
        using var answer = await SendAsync("settings/reveal-key/openai", origin, agent, referer);
        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(allowed && origin is not null, answer.Headers.Contains("Access-Control-Allow-Origin"));
        using var preflight = await SendAsync("settings/reveal-key/openai", origin, agent, referer, preflight: true);
        Assert.Equal(allowed, preflight.StatusCode is not HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("{own}projects/preview-asset/0123456789abcdef/page.html", true)] // its own page
    [InlineData("{own}projects/preview-asset/0123456789abcdef/sub/style.css", true)] // its own style sheet, for a font
    [InlineData("{own}projects/preview-asset/fedcba9876543210/page.html", false)] // another preview
    [InlineData("https://evil.example/api/v1/projects/preview-asset/0123456789abcdef/page.html", false)] // a web site
    [InlineData(null, false)] // somebody who does not say
    public async Task A_preview_gets_what_belongs_to_it(string? referer, bool allowed)
    {
        // There is no such preview; what counts is who is told so.
        using var answer = await SendAsync($"{Preview}main.js", "null", Browser, referer);
        Assert.Equal(allowed ? HttpStatusCode.NotFound : HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_frame_of_a_web_site_is_told_by_what_browsers_add()
    {
        using var request = Request("settings/reveal-key/openai", "null", agent: null, referer: null);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var answer = await _host.Http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("localhost:1", true)]
    [InlineData("cowork.example:8443", true)]
    [InlineData("BOX.example", true)]
    [InlineData("rebound.example", false)]
    public async Task Only_own_addresses_are_answered(string host, bool answered)
    {
        using var request = Request("health", origin: null, agent: null, referer: null);
        request.Headers.Host = host;
        using var answer = await _host.Http.SendAsync(request, Ct);
        Assert.Equal(answered ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
    }

    async Task<HttpResponseMessage> SendAsync(string path, string? origin, string? agent, string? referer, bool preflight = false)
    {
        using var request = Request(path, origin, agent, referer);
        if (preflight)
        {
            request.Method = HttpMethod.Options;
            request.Headers.Add("Access-Control-Request-Method", "GET");
        }

        return await _host.Http.SendAsync(request, Ct);
    }

    HttpRequestMessage Request(string path, string? origin, string? agent, string? referer)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in new[] { ("Origin", origin), ("User-Agent", agent), ("Referer", referer?.Replace("{own}", _host.Http.BaseAddress!.ToString(), StringComparison.Ordinal)) })
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }
}
